import type { Clock } from '../clock.ts'

/** A call under way, as whoever watches over all of them sees it. */
export interface Flight {
  /** Of the watch, when a byte last moved in either direction. */
  moved: number
  /** Where it stands among the others; the watch's own. */
  seat: number
  /** Whether token and connection still allow it. */
  stands(): boolean
  /** Whether it waits for its caller, and not for the service. */
  waitsForCaller(): boolean
  end(why: 'ended' | 'idle'): void
}

/**
 * Watches what is under way, at one timer for all: a call whose connection was paused or deleted ends within a moment, and nobody keeps
 * one open by neither sending nor reading.
 */
export interface Flights {
  /** How often it has looked. */
  tick: number
  add(flight: Flight): void
  remove(flight: Flight): void
  /** A connection whose caller still sends what nobody reads: given up after a moment. */
  linger(over: () => boolean, destroy: () => void): void
  readonly size: number
  close(): void
}

const EVERY = 250
export const NO_SEAT = -1
const LINGER_TICKS = 12

export function createFlights({ clock, idleSeconds }: { clock: Clock; idleSeconds: number }): Flights {
  // No Set: one that is added to and deleted from at each call is copied again and again, and what its dead copies name is kept by the
  // collector until it looks at everything. That made a fifth of the whole hop.
  const flying: Flight[] = []
  const lingering = new Set<{ over: () => boolean; destroy: () => void; until: number }>()
  const idleTicks = Math.ceil((idleSeconds * 1000) / EVERY)
  let stop: (() => void) | undefined

  function look(): void {
    const now = ++flights.tick
    for (const flight of [...flying]) {
      if (!flight.stands()) flight.end('ended')
      else if (now - flight.moved > idleTicks && flight.waitsForCaller()) flight.end('idle')
    }
    for (const one of lingering) {
      if (!one.over() && now < one.until) continue
      lingering.delete(one)
      if (!one.over()) one.destroy()
    }
    if (flying.length > 0 || lingering.size > 0) return
    stop?.()
    stop = undefined
  }
  const watch = () => {
    stop ??= clock.every(EVERY, look)
  }

  const flights: Flights = {
    tick: 0,
    add: (flight) => {
      flight.seat = flying.push(flight) - 1
      watch()
    },
    remove: (flight) => {
      const { seat } = flight
      if (seat === NO_SEAT) return
      flight.seat = NO_SEAT
      const last = flying.pop()!
      if (last === flight) return
      flying[seat] = last
      last.seat = seat
    },
    linger: (over, destroy) => {
      lingering.add({ over, destroy, until: flights.tick + LINGER_TICKS })
      watch()
    },
    get size() {
      return flying.length
    },
    close: () => {
      stop?.()
      for (const flight of [...flying]) flight.end('ended')
      for (const { destroy } of lingering) destroy()
    },
  }
  return flights
}
