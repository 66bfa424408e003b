import { createHash } from 'node:crypto'
import pg from 'pg'
import { type Clock, deadline, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from './store.ts'

/**
 * Who alone may do something now, across every server: on SQLite this process, on PostgreSQL the session that holds an advisory lock. A lock
 * is not a lease: it ends with its session and by no clock, so that an owner who was stopped for an hour is still the owner, and one whose
 * session the database has given up finds out before it acts (`sure`), not after.
 */
export interface Ownership {
  /** Undefined while another owns the name. */
  own<T>(name: string, work: (owner: Owner) => Promise<T>): Promise<{ done: T } | undefined>
  close(): Promise<void>
}

export interface Owner {
  /** Throws unless nobody else can own the name at this instant. Asked right before what must not happen twice. */
  sure(): void
}

export interface OwnershipOptions {
  dialect: Store['dialect']
  url?: string
  /** This machine's own, and nobody's correction of it. */
  clock: Clock
  log: Logger
}

/**
 * The database gives up a session no sooner than `GIVEN_UP` after it last heard from it: half a minute of unanswered probes. Whoever heard
 * from the database within `SURE` is therefore still the owner.
 */
const SURE = 5 * SECOND
const GIVEN_UP = { idle: 10, interval: 5, count: 4 }
const ASK_EVERY = SECOND
/** A database that does not answer for so long is asked on another line. */
const ANSWERS_WITHIN = 5 * SECOND

export function openOwnership(options: OwnershipOptions): Ownership {
  return options.dialect === 'postgres' && options.url ? bySession({ ...options, url: options.url }) : byProcess()
}

/** The data folder is held by one process, so that what it owns nobody else can. */
function byProcess(): Ownership {
  const owned = new Set<string>()
  return {
    own: async (name, work) => {
      if (owned.has(name)) return undefined
      owned.add(name)
      try {
        return { done: await work({ sure: () => undefined }) }
      } finally {
        owned.delete(name)
      }
    },
    close: async () => undefined,
  }
}

interface Session {
  client: pg.Client
  /** By the clock that goes on, and by the one that also goes on while the machine sleeps. */
  heardAt: { monotonic: number; now: number }
  alive: boolean
  /** The last that was asked: one at a time. */
  asked: Promise<unknown>
}

function bySession({ url, clock, log }: OwnershipOptions & { url: string }): Ownership {
  const owned = new Set<string>()
  let session: Session | undefined
  let opening: Promise<Session> | undefined
  let closed = false

  const instant = () => ({ monotonic: clock.monotonic(), now: clock.now() })

  /** With the session its locks are gone too. */
  function lost(of: Session): void {
    of.alive = false
    if (session === of) session = undefined
  }

  function end({ client }: Session): void {
    client.end().catch((error: unknown) => log.debug('a connection did not end', { error }))
  }

  async function open(): Promise<Session> {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true })
    const opened: Session = { client, heardAt: instant(), alive: true, asked: Promise.resolve() }
    client.on('error', () => lost(opened))
    client.on('end', () => lost(opened))
    try {
      await client.connect()
      // Neither the server's own settings nor a silent network may end the session sooner than `sure` notices.
      await client.query(
        `set tcp_keepalives_idle = ${GIVEN_UP.idle}; set tcp_keepalives_interval = ${GIVEN_UP.interval};
         set tcp_keepalives_count = ${GIVEN_UP.count}; set tcp_user_timeout = '30s';
         set idle_session_timeout = 0; set statement_timeout = 0`,
      )
    } catch (error) {
      end(opened)
      throw error
    }
    session = opened
    return opened
  }

  async function current(): Promise<Session> {
    if (closed) throw new Problem('server.unavailable')
    if (session?.alive) return session
    opening ??= open().finally(() => {
      opening = undefined
    })
    return opening
  }

  async function ask<R extends pg.QueryResultRow>(of: Session, text: string, values: unknown[]): Promise<R[]> {
    // The instant of asking: what was heard is no newer than that.
    const asked = instant()
    const late = deadline(ANSWERS_WITHIN)
    const silence = new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => reject(late.reason), { once: true })
    })
    const answer = of.asked.then(() => of.client.query<R>(text, values))
    of.asked = answer.catch(() => undefined)
    try {
      const { rows } = await Promise.race([answer, silence])
      if (asked.monotonic > of.heardAt.monotonic) of.heardAt = asked
      return rows
    } catch (error) {
      log.debug('the session that owns renewals is gone', { error })
      lost(of)
      end(of)
      throw error
    }
  }

  async function locked(key: string): Promise<Session | undefined> {
    try {
      const of = await current()
      const rows = await ask<{ locked: boolean }>(of, 'select pg_try_advisory_lock($1) as locked', [key])
      return rows[0]!.locked ? of : undefined
    } catch (error) {
      // Whoever cannot ask does not own it, and looks again.
      if (error instanceof Problem) throw error
      return undefined
    }
  }

  function isSure({ alive, heardAt }: Session): boolean {
    const { monotonic, now } = instant()
    return alive && monotonic - heardAt.monotonic <= SURE && Math.abs(now - heardAt.now) <= SURE
  }

  const stop = clock.every(ASK_EVERY, () => {
    const of = session
    if (of && owned.size > 0) {
      ask(of, 'select 1', []).catch(() => undefined)
    }
  })

  return {
    own: async (name, work) => {
      // A session may lock a name twice: within one server the set decides.
      if (owned.has(name)) return undefined
      owned.add(name)
      try {
        const key = keyOf(name)
        const of = await locked(key)
        if (!of) return undefined
        const sure = () => {
          if (!isSure(of)) throw new Problem('connection.not_owned')
        }
        try {
          return { done: await work({ sure }) }
        } finally {
          if (of.alive) await ask(of, 'select pg_advisory_unlock($1)', [key]).catch(() => undefined)
        }
      } finally {
        owned.delete(name)
      }
    },
    close: async () => {
      closed = true
      stop()
      await opening?.catch((error: unknown) => log.debug('a connection was not made', { error }))
      await session?.client.end().catch((error: unknown) => log.debug('a connection did not end', { error }))
    },
  }
}

function keyOf(name: string): string {
  return createHash('sha256').update(`cardea ${name}`).digest().readBigInt64BE(0).toString()
}
