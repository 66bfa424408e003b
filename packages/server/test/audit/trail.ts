import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { Caller } from '../../src/actor.ts'
import { type Audit, type AuditEvent, type AuditOptions, createAudit } from '../../src/audit/audit.ts'
import { createLogger } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

export const auditKey = Secret.of(createHash('sha256').update('audit key of the tests').digest())

export const caller: Caller = {
  actor: { kind: 'person', userId: 'usr_ada', loginId: 'ses_1', operator: false, workspaceId: 'ws_a', role: 'admin' },
  requestId: 'req_1',
  ip: '192.0.2.1',
}

export function event(subject: string, more: Partial<AuditEvent> = {}): AuditEvent {
  return { event: 'key.created', workspaceId: 'ws_a', caller, subject, ...more }
}

export interface Trail {
  database: TestDatabase
  store: Store
  clock: TestClock
  /** Log lines, parsed. */
  logged: Record<string, unknown>[]
  anchorFile: string
  audit: Audit
  /** A further instance, as a further server has one. */
  another(options?: Partial<AuditOptions>): Audit
  /** Records a change in a transaction of its own. */
  record(subject: string, more?: Partial<AuditEvent>, by?: Audit): Promise<void>
  /** What somebody does who has the database and not the key. */
  tamper(sql: string): Promise<void>
  ask<T>(sql: string): Promise<T[]>
}

export async function openTrail(options: Partial<AuditOptions> = {}): Promise<Trail> {
  const database = await freshDatabase()
  const store = await openStore({ file: database.file, ...(database.url ? { url: database.url } : {}) })
  const clock = createTestClock()
  const logged: Record<string, unknown>[] = []
  const log = createLogger({ level: 'debug', format: 'json', clock, write: (line) => logged.push(JSON.parse(line)) })
  const anchorFile = join(database.folder, 'audit-anchor.json')
  const opened: Audit[] = []
  const another = (more: Partial<AuditOptions> = {}) => {
    const audit = createAudit({ store, clock, log, key: auditKey, mode: 'strict', anchorFile, ...more })
    opened.push(audit)
    return audit
  }
  const audit = another(options)
  onTestFinished(async () => {
    for (const each of opened) await each.close().catch(() => {})
    await store.close()
    await database.drop()
  })
  return {
    database,
    store,
    clock,
    logged,
    anchorFile,
    audit,
    another,
    record: (subject, more, by = audit) =>
      store.within({ workspaceId: 'ws_a' }, (db) => by.record(db, event(subject, more))),
    tamper: async (sql) => {
      await ask(database, sql)
    },
    ask: (sql) => ask(database, sql),
  }
}

async function ask<T>({ file, url }: TestDatabase, sql: string): Promise<T[]> {
  if (!url) {
    const connection = new DatabaseSync(file, { timeout: 5000 })
    try {
      if (/^\s*select/i.test(sql)) return connection.prepare(sql).all() as T[]
      connection.exec(sql)
      return []
    } finally {
      connection.close()
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = (await client.query(sql)) as unknown as { rows: T[] }
    return rows ?? []
  } finally {
    await client.end()
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
