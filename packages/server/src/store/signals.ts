import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'kysely'
import pg from 'pg'
import { type Clock, SECOND } from '../clock.ts'
import type { Logger } from '../log.ts'
import { REQUESTS_ROLE } from './migrate.ts'
import type { Db, Store } from './store.ts'

/**
 * A word to every server that something was committed. A hint and no more: while the line to PostgreSQL is cut it is lost, so that
 * whoever depends on it also looks for themselves now and then.
 */
export interface Signals {
  /** In the transaction of the change: heard when that is committed, and not at all if it is undone. */
  send(db: Db, channel: Channel, text: string): Promise<void>
  subscribe(channel: Channel, hear: (text: string) => void): () => void
  close(): Promise<void>
}

export type Channel = 'cardea_revocations' | 'cardea_events' | 'cardea_epochs' | 'cardea_grants' | 'cardea_policies'

export interface SignalsOptions {
  dialect: Store['dialect']
  /** PostgreSQL's address. */
  url?: string
  clock: Clock
  log: Logger
}

export function openSignals({ dialect, url, clock, log }: SignalsOptions): Signals {
  const ears = new Map<string, Set<(text: string) => void>>()
  // Whoever hears does so outside of the transaction in which it was said. With SQLite a transaction of theirs waits until that one
  // has ended, so that they see what it has committed.
  const outside = AsyncLocalStorage.snapshot()
  const tell = (channel: string, text: string) => {
    for (const hear of ears.get(channel) ?? []) outside(hear, text)
  }
  const line = dialect === 'postgres' && url ? openLine({ url, clock, log, tell }) : undefined

  return {
    send: async (db, channel, text) => {
      if (line) await sql`select pg_notify(${channel}, ${text})`.execute(db)
      else tell(channel, text)
    },
    subscribe: (channel, hear) => {
      const set = ears.get(channel) ?? new Set()
      ears.set(channel, set.add(hear))
      line?.listen(channel)
      return () => set.delete(hear)
    },
    close: async () => line?.close(),
  }
}

interface Line {
  listen(channel: string): void
  close(): Promise<void>
}

/** A connection of its own, which only listens; made again within two seconds when it breaks. */
function openLine(deps: {
  url: string
  clock: Clock
  log: Logger
  tell: (channel: string, text: string) => void
}): Line {
  const { url, clock, log, tell } = deps
  const channels = new Set<string>()
  let client: pg.Client | undefined
  let connecting: Promise<void> | undefined
  let closed = false
  let complained = false

  const connect = async () => {
    const next = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true })
    const lost = () => {
      if (client === next) client = undefined
    }
    next.on('error', lost)
    next.on('end', lost)
    next.on('notification', ({ channel, payload = '' }) => tell(channel, payload))
    try {
      await next.connect()
      await next.query(`set role ${REQUESTS_ROLE}`)
      client = next
      for (const channel of channels) await next.query(`listen ${next.escapeIdentifier(channel)}`)
      complained = false
    } catch (error) {
      lost()
      if (!complained) log.warn('cannot listen for what other servers commit; looking every second instead', { error })
      complained = true
      await next.end().catch((cause: unknown) => log.debug('a connection did not end', { error: cause }))
    }
  }
  const ensure = () => {
    if (closed || client || connecting || channels.size === 0) return
    connecting = connect().finally(() => {
      connecting = undefined
    })
  }
  const stop = clock.every(2 * SECOND, ensure)

  return {
    listen: (channel) => {
      if (channels.has(channel)) return
      channels.add(channel)
      client
        ?.query(`listen ${client.escapeIdentifier(channel)}`)
        .catch((error: unknown) => log.warn('cannot listen for what other servers commit', { error }))
      ensure()
    },
    close: async () => {
      closed = true
      stop()
      await connecting
      await client?.end().catch((error: unknown) => log.debug('a connection did not end', { error }))
    },
  }
}
