// Listing, filtering and searching 50,000 connections of one workspace, and claiming what is due among them: on SQLite and (with
// CARDEA_TEST_POSTGRES) on PostgreSQL. Fails when a page takes 20 ms or more.
import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { type BegunPage, listBegun } from '../../packages/server/src/store/connection-limits.ts'
import { type ConnectionFilter, listConnections, type Viewer } from '../../packages/server/src/store/connection-list.ts'
import { claimDueConnections } from '../../packages/server/src/store/connection-sweeps.ts'
import { createConnection } from '../../packages/server/src/store/connections.ts'
import type { ConnectionRow } from '../../packages/server/src/store/schema.ts'
import { openStore } from '../../packages/server/src/store/store.ts'
import { freshDatabase } from '../../packages/server/test/database.ts'

const ROWS = 50_000
const ROUNDS = 40
const LIMIT_MILLISECONDS = 20
const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

const { CARDEA_TEST_POSTGRES: _, ...withoutPostgres } = process.env
if (process.env.CARDEA_TEST_POSTGRES) {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { env: withoutPostgres, stdio: 'inherit' })
  if (status) process.exitCode = status
} else console.log('SQLite only: set CARDEA_TEST_POSTGRES=postgres://… to measure PostgreSQL as well')

const database = await freshDatabase()
const store = await openStore({ file: database.file, ...(database.url ? { url: database.url } : {}) })
const name = database.url ? 'PostgreSQL' : 'SQLite'
const workspaceId = 'ws_bench'
const providers = ['gmail', 'slack', 'github', 'datadog', 'jira', 'stripe', 'notion', 'zendesk', 'linear', 'hubspot']

function row(at: number): ConnectionRow {
  const provider = providers[at % providers.length]!
  const dead = at % 50 === 0
  return {
    id: `conn_${String(at).padStart(26, '0')}`,
    workspace_id: workspaceId,
    provider,
    definition_version: 0,
    method: 'token',
    auth_type: 'apikey',
    name: `Connection ${at}`,
    owner_kind: 'person',
    owner_id: `usr_${at % 200}`,
    visibility: at % 3 === 0 ? 'workspace' : 'private',
    status: dead ? 'error' : 'active',
    health: dead ? 'rejected' : 'ok',
    reason: dead ? 'credential_rejected' : null,
    settings: '{"site":"example.com"}',
    learned: '{}',
    base: null,
    scopes: null,
    missing_scopes: null,
    app_id: null,
    account_id: String(at),
    account_label: `person${at}@example.com`,
    account_team: at % 2 ? 'Example Ltd' : null,
    account_key: `key-${at % 40_000}`,
    search: `connection ${at} person${at}@example.com ${provider}`,
    credential_versions: 1,
    credential_version: 1,
    verdict: dead ? 'rejected' : 'accepted',
    verdict_at: NOW,
    trouble: null,
    trouble_since: null,
    attempts: 0,
    epoch: 1,
    tenure: 1,
    created_at: NOW - (ROWS - at) * 1000,
    updated_at: NOW,
    connected_at: NOW,
    last_used_at: NOW,
    last_success_at: NOW,
    checked_at: NOW,
    next_check_at: at % 100 === 0 ? NOW - at : NOW + DAY,
    expires_at: null,
    paused_at: null,
    paused_by: null,
    ended_by: null,
    idle_since: dead ? null : NOW,
    deleted_at: null,
    purge_at: null,
  }
}

await store.within({ workspaceId }, (db) =>
  db.insertInto('workspaces').values({ id: workspaceId, name: 'Bench', created_at: NOW }).execute(),
)
for (let at = 0; at < ROWS; at += 1000) {
  await store.within({ workspaceId }, async (db) => {
    for (let each = at; each < at + 1000; each++) await createConnection(db, row(each))
  })
}

// What PostgreSQL does by itself a minute after so many rows were written.
if (database.url) {
  const owner = new pg.Client({ connectionString: database.url })
  await owner.connect()
  await owner.query('vacuum analyze connections')
  await owner.end()
}

const member: Viewer = { id: 'usr_7', seesPresence: false }
const admin: Viewer = { id: 'usr_8', seesPresence: true }
const last = await pageCursor()
const questions: [string, Viewer, ConnectionFilter, string?][] = [
  ['the first page, a member', member, {}],
  ['the first page, an administrator', admin, {}],
  ['a page from the middle', member, {}, last],
  ['one service', member, { provider: 'jira' }],
  ['what is broken', admin, { status: 'error' }],
  ['what is broken, by health', member, { health: 'rejected' }],
  ['of one owner', admin, { owner: 'usr_9' }],
  ['of an owner who has nothing', admin, { owner: 'usr_none' }],
  ['private ones', member, { visibility: 'private' }],
  ['a word that all have', member, { search: 'connection' }],
  ['a word that one has', admin, { search: 'person49998@' }],
  ['a word that nobody has', admin, { search: 'nothing like it' }],
  ['two words and a service', member, { search: 'person4 example', provider: 'stripe' }],
]

console.log(`\n${name}: ${ROWS} connections in one workspace, pages of 50, ${ROUNDS} rounds\n`)
console.log(`${'question'.padEnd(36)}${'rows'.padStart(6)}${'p50 ms'.padStart(10)}${'p95 ms'.padStart(10)}`)
let slow = false
for (const [what, viewer, filter, after] of questions) {
  let rows = 0
  await measured(what, async () => {
    const page = { limit: 50, ...(after === undefined ? {} : { after }) }
    const found = await store.within({ workspaceId }, (db) =>
      listConnections(db, workspaceId, { viewer, filter, page }),
    )
    rows = found.items.length
    return rows
  })
}

const began = performance.now()
let claimed = 0
for (;;) {
  const due = await store.sweep((db) => claimDueConnections(db, { now: NOW, until: NOW + DAY, limit: 64 }))
  if (due.length === 0) break
  claimed += due.length
}
console.log(
  `\n${claimed} of ${ROWS} were due; claiming them in pages of 64 took ${(performance.now() - began).toFixed(0)} ms`,
)
await measured(
  'the sweep when nothing is due',
  async () => (await store.sweep((db) => claimDueConnections(db, { now: NOW, until: NOW + DAY, limit: 64 }))).length,
)
const begun = (more: Partial<BegunPage>) =>
  store.within({ workspaceId }, async (db) => {
    const page = { from: 0, upTo: NOW, limit: 200, ...more }
    return (await listBegun(db, workspaceId, 'idle_since', page)).length
  })
await measured('what is idle, a page of it', () => begun({}))
await measured('the last page of it', () => begun({ after: { since: NOW, id: row(ROWS - 50).id } }))
await measured('what is idle since the last round', () => begun({ from: NOW + 1, upTo: NOW + DAY }))
await store.close()
await database.drop()
if (slow) {
  console.error(`slower than ${LIMIT_MILLISECONDS} ms`)
  process.exitCode = 1
}

async function measured(what: string, work: () => Promise<number>): Promise<void> {
  const times: number[] = []
  let rows = await work()
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    rows = await work()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const [p50, p95] = [0.5, 0.95].map((part) => times[Math.floor(times.length * part)]!)
  if (p50! >= LIMIT_MILLISECONDS) slow = true
  console.log(
    `${what.padEnd(36)}${String(rows).padStart(6)}${p50!.toFixed(1).padStart(10)}${p95!.toFixed(1).padStart(10)}`,
  )
}

async function pageCursor(): Promise<string> {
  const page = { limit: 200 }
  const found = await store.within({ workspaceId }, (db) =>
    listConnections(db, workspaceId, { viewer: admin, filter: { provider: 'linear' }, page }),
  )
  return found.next!
}
