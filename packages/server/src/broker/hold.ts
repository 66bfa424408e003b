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
  get(of: { workspaceId: string; connectionId: string }, rejected?: Usable, host?: string): Promise<Held>
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
  /** Of all that were asked for: when it was last. */
  wanted: number
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
  let asked = 0

  /** Nobody is given it any more; it is wiped once nobody has it. */
  function putOut(place: string, entry: Entry): void {
    if (entries.get(place) === entry) entries.delete(place)
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

  async function open(
    workspaceId: string,
    connectionId: string,
    rejected: Usable | undefined,
    host: string | undefined,
  ): Promise<Entry> {
    const found = await usable(workspaceId, connectionId, {
      ...(rejected ? { rejected } : {}),
      ...(host === undefined ? {} : { host }),
    })
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
      wanted: ++asked,
    }
  }

  function keep(place: string, entry: Entry): void {
    const before = entries.get(place)
    if (before) putOut(place, before)
    if (!isGood(entry)) {
      entry.isOut = true
      return
    }
    entries.set(place, entry)
    if (entries.size > most) putOutLeastWanted()
  }

  /** Looked for when there is one too many, and not kept in order: a Map that changes with each call costs the collector a part of each. */
  function putOutLeastWanted(): void {
    let [least] = entries
    for (const one of entries) if (one[1].wanted < least![1].wanted) least = one
    putOut(...least!)
  }

  const stopLooking = clock.every(LOOK_EVERY, () => {
    for (const [place, entry] of entries) if (!isGood(entry)) putOut(place, entry)
  })

  function begin(workspaceId: string, connectionId: string, rejected: Usable | undefined, host?: string): Opening {
    const place = placeOf(connectionId, host)
    const name = rejected ? `${place} ${rejected.version} ${rejected.purchase ?? ''}` : place
    const under = opening.get(name)
    if (under) return under
    const started: Opening = { waiting: 0, work: open(workspaceId, connectionId, rejected, host) }
    opening.set(name, started)
    started.work = started.work.then(
      (entry) => {
        opening.delete(name)
        entry.users = started.waiting
        keep(place, entry)
        return entry
      },
      (error: unknown) => {
        opening.delete(name)
        throw error
      },
    )
    return started
  }

  function kept(place: string, rejected: Usable | undefined): Entry | undefined {
    const held = entries.get(place)
    if (!held) return undefined
    const isRefused = rejected !== undefined && isSame(held.usable, rejected)
    if (isRefused || !isGood(held)) {
      putOut(place, held)
      return undefined
    }
    held.wanted = ++asked
    return held
  }

  return {
    get: async ({ workspaceId, connectionId }, rejected, host) => {
      const held = kept(placeOf(connectionId, host), rejected)
      if (held) {
        held.users++
        return handed(held)
      }
      for (let isSecond = false; ; isSecond = true) {
        const started = begin(workspaceId, connectionId, rejected, host)
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
      for (const [place, entry] of entries) putOut(place, entry)
    },
  }
}

/** One for each connection, and for each host of it that has tokens of its own. */
function placeOf(connectionId: string, host: string | undefined): string {
  return host === undefined ? connectionId : `${connectionId} ${host}`
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
