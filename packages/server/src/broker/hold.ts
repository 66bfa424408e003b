import { fill, missing } from '@cardea/catalog'
import { type Clock, SECOND } from '../clock.ts'
import type { Connections, Usable } from '../connections/connections.ts'
import { openedWhenNamed } from '../inject/values.ts'
import { createScrubber, type Pair, type Scrubber } from '../scrub/scrub.ts'
import { Secret } from '../secret.ts'
import type { Held } from './passage.ts'
import type { Epochs } from './warm.ts'

/**
 * Decrypted credentials for the few seconds in which the next call is likely, because decrypting at each would cost as much as half the
 * hop. One for each connection, in buffers outside the JavaScript heap. Promises: none is used after its time, nor once its connection has
 * changed; its bytes are zeros when the last call that has it lets go, and nobody waits longer than for that.
 */
export interface Hold {
  get(of: { workspaceId: string; connectionId: string }, rejected?: Usable): Promise<Held>
  /** How many are held. */
  size(): number
  close(): void
}

interface Entry {
  usable: Usable
  scrubber: Scrubber
  /** By the clock that never goes back. */
  until: number
  users: number
  isOut: boolean
}

interface Opening {
  waiting: number
  work: Promise<Entry>
}

export interface HoldDeps {
  clock: Clock
  epochs: Epochs
  usable: Connections['usable']
  /** 0 decrypts at every call. */
  seconds: number
  most?: number
}

const MOST = 1000
const LOOK_EVERY = SECOND / 2

export function createHold({ clock, epochs, usable, seconds, most = MOST }: HoldDeps): Hold {
  const entries = new Map<string, Entry>()
  const opening = new Map<string, Opening>()

  /** Nobody is given it any more; it is wiped once nobody has it. */
  function putOut(connectionId: string, entry: Entry): void {
    if (entries.get(connectionId) === entry) entries.delete(connectionId)
    entry.isOut = true
    wipeWhenFree(entry)
  }

  function wipeWhenFree({ usable: { values }, scrubber, users, isOut }: Entry): void {
    if (!isOut || users > 0) return
    for (const secret of Object.values(values)) secret?.wipe()
    scrubber.wipe()
  }

  function isGood({ usable: { connectionId, epoch }, until }: Entry): boolean {
    return clock.monotonic() < until && epochs.isCurrent(connectionId, epoch)
  }

  /** For somebody who is counted already. */
  function handed(entry: Entry): Held {
    let isReleased = false
    return {
      usable: entry.usable,
      scrubber: entry.scrubber,
      release: () => {
        if (isReleased) return
        isReleased = true
        entry.users--
        wipeWhenFree(entry)
      },
    }
  }

  async function open(workspaceId: string, connectionId: string, rejected: Usable | undefined): Promise<Entry> {
    const found = await usable(workspaceId, connectionId, rejected ? { rejected } : {})
    // Copies: what others keep of it, such as a token that is bought again only when it ends, is not ours to wipe.
    const values: Record<string, Secret> = {}
    for (const [name, secret] of Object.entries(found.values)) {
      if (secret) values[name] = Secret.of(secret.revealBytes())
    }
    const own: Usable = { ...found, values }
    const lives = found.expiresAt === undefined ? Number.POSITIVE_INFINITY : found.expiresAt - clock.now()
    const pairs = pairsOf(own)
    const scrubber = createScrubber(values, { pairs })
    for (const { user, password } of pairs) for (const copy of [user, password]) copy.wipe()
    return {
      usable: own,
      scrubber,
      until: clock.monotonic() + Math.min(seconds * SECOND, lives),
      users: 0,
      isOut: false,
    }
  }

  function keep(connectionId: string, entry: Entry): void {
    const before = entries.get(connectionId)
    if (before) putOut(connectionId, before)
    if (!isGood(entry)) {
      entry.isOut = true
      return
    }
    entries.set(connectionId, entry)
    if (entries.size <= most) return
    const [oldest, out] = entries.entries().next().value!
    putOut(oldest, out)
  }

  const stopLooking = clock.every(LOOK_EVERY, () => {
    for (const [connectionId, entry] of entries) if (!isGood(entry)) putOut(connectionId, entry)
  })

  function begin(workspaceId: string, connectionId: string, rejected: Usable | undefined): Opening {
    const name = rejected ? `${connectionId} ${rejected.version} ${rejected.purchase ?? ''}` : connectionId
    const under = opening.get(name)
    if (under) return under
    const started: Opening = { waiting: 0, work: open(workspaceId, connectionId, rejected) }
    opening.set(name, started)
    started.work = started.work.then(
      (entry) => {
        opening.delete(name)
        entry.users = started.waiting
        keep(connectionId, entry)
        return entry
      },
      (error: unknown) => {
        opening.delete(name)
        throw error
      },
    )
    return started
  }

  function kept(connectionId: string, rejected: Usable | undefined): Entry | undefined {
    const held = entries.get(connectionId)
    if (!held) return undefined
    const isRefused = rejected !== undefined && isSame(held.usable, rejected)
    if (isRefused || !isGood(held)) {
      putOut(connectionId, held)
      return undefined
    }
    // In the order of their use: the one that goes first is the one that nobody wants.
    entries.delete(connectionId)
    entries.set(connectionId, held)
    return held
  }

  return {
    get: async ({ workspaceId, connectionId }, rejected) => {
      const held = kept(connectionId, rejected)
      if (held) {
        held.users++
        return handed(held)
      }
      for (let isSecond = false; ; isSecond = true) {
        const started = begin(workspaceId, connectionId, rejected)
        started.waiting++
        const entry = await started.work
        // Somebody began to read it before it was changed: what is read from now on is the truth.
        if (isSecond || epochs.isCurrent(connectionId, entry.usable.epoch)) return handed(entry)
        handed(entry).release()
      }
    },
    size: () => entries.size,
    close: () => {
      stopLooking()
      for (const [connectionId, entry] of entries) putOut(connectionId, entry)
    },
  }
}

function isSame(one: Usable, other: Usable): boolean {
  return one.version === other.version && one.purchase === other.purchase
}

/** What goes out as basic: so that even a short password is found in an answer that quotes the header. */
function pairsOf({ method, open, values }: Usable): Pair[] {
  const { basic } = method.send
  if (!basic) return []
  const all = openedWhenNamed(open, values)
  if (missing(basic.user, all).length > 0 || missing(basic.password, all).length > 0) return []
  return [{ user: Secret.of(fill(basic.user, all)), password: Secret.of(fill(basic.password, all)) }]
}
