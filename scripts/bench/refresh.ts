// Renewing what is due among 100,000 connections: on SQLite and (with CARDEA_TEST_POSTGRES) on PostgreSQL. Fails when finding and judging 2,000 that are
// due takes a second of CPU or more beside the exchanges, or when renewing them takes 50 MB or more.
import { spawnSync } from 'node:child_process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { DAY, HOUR, MINUTE, systemClock } from '../../packages/server/src/clock.ts'
import { createKeep } from '../../packages/server/src/connections/keep.ts'
import type { Send } from '../../packages/server/src/net/message.ts'
import { Secret } from '../../packages/server/src/secret.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../packages/server/src/store/schema.ts'
import { testApp } from '../../packages/server/test/app.ts'

const CONNECTIONS = 100_000
const DUE = 2000
const LIMIT_SECONDS = 1
const LIMIT_MEGABYTES = 50
const PAGE = { limit: 128, atOnce: 16, isClosing: () => false }

const { CARDEA_TEST_POSTGRES: _, ...withoutPostgres } = process.env
if (process.env.CARDEA_TEST_POSTGRES) {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { env: withoutPostgres, stdio: 'inherit' })
  if (status) process.exitCode = status
} else console.log('SQLite only: set CARDEA_TEST_POSTGRES=postgres://… to measure PostgreSQL as well')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let exchanges = 0
const send: Send = async () => {
  const number = ++exchanges
  const tokens = { access_token: `at-${number}`, refresh_token: `rt-${number}`, expires_in: 3600 }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(tokens) }
}
// What goes on by itself is done here, when it is measured.
const clock = { ...systemClock, every: () => () => undefined }
const here = await testApp({ clock, outside: { send }, logLevel: 'error' })
const { app } = here
const { client, workspaceId } = await here.setUp()
const { id: appId } = await client.apps.create({
  provider: 'oauth2_generic',
  methods: ['oauth'],
  clientId: 'client',
  clientSecret: 'secret',
  settings: { authorizeUrl: 'https://example.com/authorize', tokenUrl: 'https://example.com/token' },
})
const { results } = await client.connections.import({
  connections: [
    {
      provider: 'oauth2_generic',
      method: 'oauth',
      settings: { server: 'https://api.example.com' },
      appId,
      tokens: { refreshToken: 'rt-0' },
    },
  ],
})
const first = results[0]!.connection!.id
const like = await app.store.sweep(async (db) => ({
  connection: await db.selectFrom('connections').selectAll().where('id', '=', first).executeTakeFirstOrThrow(),
  grant: await db
    .selectFrom('connection_grants')
    .selectAll()
    .where('connection_id', '=', first)
    .executeTakeFirstOrThrow(),
}))
const keep = createKeep(app)
const now = clock.now()

/** Those of the first group are due now, those of the second are due and need nothing, the others are due some day. */
function rowsOf(at: number): { connection: ConnectionRow; grant: ConnectionGrantRow } {
  const id = `conn_${String(at).padStart(26, '0')}`
  const isUnused = at >= DUE && at < 2 * DUE
  const end = at < DUE ? now + MINUTE : now + HOUR
  return {
    connection: {
      ...like.connection,
      id,
      account_key: `key ${at}`,
      credential_versions: 0,
      credential_version: 1,
      connected_at: isUnused ? now - 30 * DAY : now,
      last_used_at: null,
      next_check_at: now + 20 * DAY,
    },
    grant: {
      ...like.grant,
      connection_id: id,
      has_access: 0,
      access_expires_at: end,
      renewed_at: now - HOUR,
      due_at: at < 2 * DUE ? now + 1 : now + HOUR + at,
      tidy_at: null,
      stale_from: null,
      stale_at: null,
      fence: 1,
    },
  }
}

for (let from = 0; from < CONNECTIONS; from += 500) {
  const rows = Array.from({ length: 500 }, (_, each) => rowsOf(from + each))
  await app.store.within({ workspaceId }, async (db) => {
    for (const { connection } of rows) await db.insertInto('connections').values(connection).execute()
    for (const { grant } of rows) await db.insertInto('connection_grants').values(grant).execute()
  })
}
for (let at = 0; at < DUE; at++) {
  const { connection } = rowsOf(at)
  await keep.put(workspaceId, connection.id, { refreshToken: Secret.of(`rt-of-${at}`) })
}
// What PostgreSQL does by itself a minute after so many rows were written.
if (here.database.url) {
  const owner = new pg.Client({ connectionString: here.database.url })
  await owner.connect()
  await owner.query('vacuum analyze connections, connection_grants, secrets')
  await owner.end()
}

const lines: [string, string][] = []
const failures: string[] = []
const cpu = async (work: () => Promise<void>): Promise<{ seconds: number; megabytes: number }> => {
  collect()
  const rss = process.memoryUsage().rss
  let most = rss
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 20)
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  clearInterval(watch)
  most = Math.max(most, process.memoryUsage().rss)
  return { seconds: (user + system) / 1e6, megabytes: (most - rss) / 1024 / 1024 }
}
const sweep = async (): Promise<number> => {
  let taken = 0
  for (;;) {
    const page = await app.connections.renewDue(PAGE)
    taken += page
    if (page < PAGE.limit) return taken
  }
}
const dueWhere = (due: boolean) =>
  app.store.sweep(async (db) => {
    const ids = [rowsOf(DUE), rowsOf(2 * DUE - 1)].map(({ grant }) => grant.connection_id) as [string, string]
    await db
      .updateTable('connection_grants')
      .set({ due_at: due ? now + 1 : null })
      .where('connection_id', '>=', ids[0])
      .where('connection_id', '<=', ids[1])
      .execute()
  })

const idle = await cpu(async () => {
  await dueWhere(false)
  await app.store.sweep((db) =>
    db
      .updateTable('connection_grants')
      .set({ due_at: now + DAY })
      .where('due_at', '<=', now + 1)
      .execute(),
  )
  for (let round = 0; round < 100; round++) await sweep()
})
lines.push(['a round in which nothing is due', `${((idle.seconds / 100) * 1000).toFixed(1)} ms of CPU`])

await dueWhere(true)
let taken = 0
const judged = await cpu(async () => {
  taken = await sweep()
})
if (taken !== DUE || exchanges !== 1) throw new Error(`${taken} were judged, with ${exchanges} exchanges`)
lines.push([`finding and judging ${DUE} that are due`, `${judged.seconds.toFixed(2)} s of CPU`])
if (judged.seconds >= LIMIT_SECONDS) failures.push(`finding and judging takes more than ${LIMIT_SECONDS} s of CPU`)

await app.store.sweep((db) =>
  db
    .updateTable('connection_grants')
    .set({ due_at: now + 1 })
    .where('due_at', '=', now + DAY)
    .execute(),
)
const renewed = await cpu(async () => {
  taken = await sweep()
})
if (exchanges !== DUE + 1) throw new Error(`${exchanges} exchanges for ${taken} that were due`)
lines.push([`renewing ${DUE}, with their ${DUE} exchanges`, `${renewed.seconds.toFixed(2)} s of CPU`])
lines.push(['memory that it took more', `${renewed.megabytes.toFixed(0)} MB`])
if (renewed.megabytes >= LIMIT_MEGABYTES) failures.push(`renewing takes more than ${LIMIT_MEGABYTES} MB`)

const tidied = await cpu(async () => {
  await app.store.sweep((db) =>
    db.updateTable('connection_grants').set({ tidy_at: 1, stale_at: 1 }).where('stale_from', 'is not', null).execute(),
  )
  while ((await app.connections.tidy()).destroyed > 0) {}
})
lines.push([`destroying what ${DUE} renewals left`, `${tidied.seconds.toFixed(2)} s of CPU`])

console.log(`\n${here.database.url ? 'PostgreSQL' : 'SQLite'}: ${CONNECTIONS} connections, ${DUE} due\n`)
for (const [what, value] of lines) console.log(`${what.padEnd(48)}${value}`)
await here.close()
for (const failure of failures) console.error(failure)
if (failures.length > 0) process.exitCode = 1
