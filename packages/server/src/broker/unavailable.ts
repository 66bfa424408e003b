import { type Clock, MINUTE, SECOND } from '../clock.ts'
import { reauthorizePath, type Usable } from '../connections/connections.ts'
import { isProblem, Problem } from '../errors.ts'
import type { Signals } from '../store/signals.ts'
import type { Hold } from './hold.ts'
import type { Held, Passage } from './passage.ts'
import type { Redeem } from './redeem.ts'

/**
 * What a call gets whose connection needs its owner: the reason and a link, or, where it asks for that, an answer as soon as somebody has
 * mended it. Waiting is bounded in time and in number: whoever cannot wait is told at once.
 */
export interface Credentials {
  credential(passage: Passage, how?: { rejected?: Usable; host?: string; signal?: AbortSignal }): Promise<Held>
}

const LONGEST_WAIT = MINUTE
const LOOK_EVERY = 5 * SECOND
const MOST_WAITING = 1000
const MOST_OF_A_WORKSPACE = 100
/** Of those that mend a connection, some are heard at once and some are found by looking. */
const CHANNELS = ['cardea_epochs', 'cardea_events'] as const

export function createCredentials(deps: {
  clock: Clock
  signals: Pick<Signals, 'subscribe'> | undefined
  hold: Hold
  redeem: Pick<Redeem, 'askAgain'>
  publicUrl: () => string
}): Credentials & { close(): void } {
  const { clock, signals, hold, redeem, publicUrl } = deps
  const waiting = new Map<string, Set<() => void>>()
  const ofWorkspace = new Map<string, number>()
  let all = 0
  let isClosed = false
  const hear = (text: string) => {
    for (const wake of waiting.get(text) ?? []) wake()
  }
  const stops = CHANNELS.map((channel) => signals?.subscribe(channel, hear))

  function enqueue(passage: Passage): (() => void) | undefined {
    const { workspaceId } = passage
    const own = ofWorkspace.get(workspaceId) ?? 0
    if (all >= MOST_WAITING || own >= MOST_OF_A_WORKSPACE) return undefined
    all++
    ofWorkspace.set(workspaceId, own + 1)
    return () => {
      all--
      const left = ofWorkspace.get(workspaceId)! - 1
      if (left > 0) ofWorkspace.set(workspaceId, left)
      else ofWorkspace.delete(workspaceId)
    }
  }

  /** Until something is said about the connection or its workspace, or it is time to look. */
  async function next({ connectionId, workspaceId }: Passage, longest: number, signal?: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const names = [connectionId, workspaceId]
    const wake = () => stop.abort()
    for (const name of names) waiting.set(name, (waiting.get(name) ?? new Set()).add(wake))
    try {
      const ends = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal
      await clock.sleep(Math.min(LOOK_EVERY, longest), ends).catch((error: unknown) => {
        if (!ends.aborted) throw error
      })
      signal?.throwIfAborted()
    } finally {
      for (const name of names) {
        const set = waiting.get(name)
        set?.delete(wake)
        if (set?.size === 0) waiting.delete(name)
      }
    }
  }

  async function waited(passage: Passage, problem: Problem, signal?: AbortSignal): Promise<Held> {
    const leave = enqueue(passage)
    if (!leave) throw problem
    const deadline = clock.monotonic() + LONGEST_WAIT
    try {
      for (;;) {
        const left = deadline - clock.monotonic()
        if (left <= 0 || isClosed) throw problem
        await next(passage, left, signal)
        try {
          await redeem.askAgain(passage)
          return await hold.get(passage)
        } catch (error) {
          // Whoever enters another credential has it tested in a moment.
          if (!isMendable(error) && !isProblem(error, 'token.connection_unproven')) throw error
        }
      }
    } finally {
      leave()
    }
  }

  /** With the link by which its owner mends it. */
  function told(error: unknown): unknown {
    if (!isMendable(error)) return error
    const { id, reason } = error.values
    const reauthorizeUrl = `${publicUrl()}${reauthorizePath(String(id))}`
    return Object.assign(error, { values: { ...error.values, reason, reauthorizeUrl } })
  }

  return {
    credential: async (passage, { rejected, host, signal } = {}) => {
      try {
        return await hold.get(passage, rejected, host)
      } catch (error) {
        if (!isMendable(error)) throw error
        told(error)
        if (passage.onUnavailable !== 'wait') throw error
        return waited(passage, error, signal)
      }
    },
    close: () => {
      isClosed = true
      for (const stop of stops) stop?.()
      for (const set of [...waiting.values()]) for (const wake of set) wake()
    },
  }
}

/** Not what somebody paused: nobody is asked to undo that. */
function isMendable(error: unknown): error is Problem<'connection.not_usable'> {
  return isProblem(error, 'connection.not_usable')
}

/** A link by which one connection is authorized for what it lacks, and for nothing else. */
export function scopeLink(publicUrl: string, connectionId: string, scopes: readonly string[]): string {
  return `${publicUrl}${reauthorizePath(connectionId)}&scopes=${encodeURIComponent(scopes.join(' '))}`
}

export function scopesMissing(
  publicUrl: string,
  connectionId: string,
  of: { provider: string; missing: readonly string[] },
): Problem {
  const { provider, missing } = of
  return new Problem('token.scope_missing', {
    service: provider,
    scopes: missing.join(' '),
    id: connectionId,
    missing: [...missing],
    reauthorizeUrl: scopeLink(publicUrl, connectionId, missing),
  })
}
