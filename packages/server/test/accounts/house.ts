import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { type Accounts, type AccountsDeps, type AuditPort, createAccounts } from '../../src/accounts/accounts.ts'
import { type Actor, actorId, type Caller, nobody, type Person, type Role } from '../../src/actor.ts'
import { createLogger } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { createTestClock, type TestClock } from '../clock.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

/** A database with accounts on it, and people to try them with. */
export interface House {
  store: Store
  clock: TestClock
  database: TestDatabase
  accounts: Accounts
  log: string[]
  /** Accounts of another server on the same database: on PostgreSQL with a store of its own. */
  neighbour(): Promise<Accounts>
  /** Events on record, oldest first. */
  events(): Promise<{ event: string; workspace_id: string; actor_id: string; subject: string | null }[]>
  /** Whether a text stands anywhere in the database: in SQLite's files, or in any column of PostgreSQL's tables. */
  holds(text: string): Promise<boolean>
  close(): Promise<void>
}

export const PASSWORD = 'a sentence is fine here'
export const secret = (text: string) => Secret.of(text)

const sessionKey = Secret.of(randomBytes(32))
let sequence = 0

/** Files records beside the change, unchained: the audit room has tests of its own. */
const audit: AuditPort = {
  record: async (db, { event, workspaceId, caller, subject, detail, risk }) => {
    await db
      .insertInto('audit_records')
      .values({
        writer: 'test',
        seq: ++sequence,
        at: sequence,
        workspace_id: workspaceId,
        event,
        risk: risk ?? 'low',
        actor_kind: caller.actor.kind,
        actor_id: actorId(caller.actor),
        on_behalf_of: null,
        subject: subject ?? null,
        request_id: caller.requestId,
        ip: caller.ip,
        connection_id: null,
        credential_version: null,
        skill: null,
        tool_call: null,
        run: null,
        step: null,
        host: null,
        method: null,
        path: null,
        status: null,
        bytes_in: null,
        bytes_out: null,
        duration_ms: null,
        detail: detail ? JSON.stringify(detail) : null,
        mac: new Uint8Array(0),
      })
      .execute()
  },
}

export async function openHouse(overrides: Partial<AccountsDeps> = {}): Promise<House> {
  const database = await freshDatabase()
  const open = () => openStore({ file: database.file, ...(database.url ? { url: database.url } : {}), pool: 8 })
  const store = await open()
  const others: Store[] = []
  const clock = createTestClock()
  const log: string[] = []
  const logger = createLogger({ level: 'debug', format: 'json', clock, write: (line) => log.push(line) })
  const accountsOn = (on: Store) =>
    createAccounts({
      store: on,
      clock,
      log: logger,
      audit,
      sessionKey: async () => sessionKey,
      publicUrl: () => 'http://127.0.0.1:4780',
      sessionHours: 24,
      signInAttempts: 5,
      jwtIssuers: [],
      ...overrides,
    })
  return {
    store,
    clock,
    database,
    accounts: accountsOn(store),
    log,
    neighbour: async () => {
      if (store.dialect === 'sqlite') return accountsOn(store)
      const other = await open()
      others.push(other)
      return accountsOn(other)
    },
    events: () =>
      store.sweep((db) =>
        db
          .selectFrom('audit_records')
          .select(['event', 'workspace_id', 'actor_id', 'subject'])
          .where('writer', '=', 'test')
          .orderBy('seq')
          .execute(),
      ),
    holds: (text) =>
      database.url ? postgresHolds(database.url, text) : Promise.resolve(sqliteHolds(database.file, text)),
    close: async () => {
      for (const other of others) await other.close()
      await store.close()
      await database.drop()
    },
  }
}

function sqliteHolds(file: string, text: string): boolean {
  return ['', '-wal'].some((suffix) => readFileSync(file + suffix).includes(text))
}

async function postgresHolds(url: string, text: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(`select tablename from pg_tables where schemaname = 'public'`)
    for (const { tablename } of rows) {
      const found = await client.query(`select 1 from "${tablename}" t where strpos(t::text, $1) > 0 limit 1`, [text])
      if (found.rowCount) return true
    }
    return false
  } finally {
    await client.end()
  }
}

export function caller(actor: Actor = nobody, ip = '192.0.2.1'): Caller {
  return { actor, requestId: 'req_test', ip }
}

/** The cookie header that a browser would send after these set-cookie headers. */
export function cookieOf(setCookie: readonly Secret[]): Secret {
  return Secret.of(
    setCookie
      .map((value) => value.reveal().split(';')[0]!)
      .filter((pair) => !pair.endsWith('='))
      .join('; '),
  )
}

export interface Settled {
  person: Person
  cookie: Secret
  workspaceId: string
  email: string
}

/** The first administrator, signed in. */
export async function settle(house: House, email = 'ada@example.com'): Promise<Settled> {
  const link = await house.accounts.setup.link()
  const done = await house.accounts.setup.complete(caller(), {
    token: secret(link!.reveal().split('#token=')[1]!),
    name: 'Ada',
    email,
    password: secret(PASSWORD),
    workspace: 'Engines',
  })
  return signedIn(house, cookieOf(done.setCookie), done.workspaceId, email)
}

/** Somebody new in a workspace, signed in. */
export async function invite(house: House, by: Person, email: string, role: Role): Promise<Settled> {
  const { token } = await house.accounts.invitations.create(caller(by), { email, role })
  const done = await house.accounts.invitations.accept(caller(), {
    token,
    person: { name: email.split('@')[0]!, password: secret(PASSWORD) },
  })
  return signedIn(house, cookieOf(done.setCookie), done.workspaceId, email)
}

async function signedIn(house: House, cookie: Secret, workspaceId: string, email: string): Promise<Settled> {
  const { actor } = await house.accounts.identify({ cookie, workspace: workspaceId })
  if (actor.kind !== 'person') throw new Error('nobody is signed in')
  return { person: actor, cookie, workspaceId, email }
}

/** The code of the problem that a piece of work ends in, or what it answered. */
export async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    const { code } = error as { code?: string }
    if (!code?.includes('.')) throw error
    return code
  }
}
