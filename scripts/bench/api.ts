// Reads and durable writes a second through the whole API, on SQLite and (with CARDEA_TEST_POSTGRES) on PostgreSQL, beside
// what the same machine does in the same run without Cardea: a bare node:http server, and bare committed inserts.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { freshDatabase } from '../../packages/server/test/database.ts'
import { setUp, startProcess } from '../../packages/server/test/server.ts'

const SECONDS = Number(process.argv[2] ?? 5)
const CONNECTIONS = 32

// One database a process: the second is measured by this program started again without its address.
const { CARDEA_TEST_POSTGRES: _, ...withoutPostgres } = process.env
if (process.env.CARDEA_TEST_POSTGRES)
  spawnSync(process.execPath, process.argv.slice(1), { env: withoutPostgres, stdio: 'inherit' })
else console.log('SQLite only: set CARDEA_TEST_POSTGRES=postgres://… to measure PostgreSQL as well')

interface Result {
  what: string
  perSecond: number
  p50: number
  p99: number
}

const results: Result[] = []
const bare = await bareServer()
results.push(await load('bare node:http, JSON answer', bare.url, 'GET', {}))
bare.stop()

const database = await freshDatabase()
const name = database.url ? 'PostgreSQL' : 'SQLite'
const server = await startProcess(database, { CARDEA_REQUESTS_PER_MINUTE: '1000000', CARDEA_LOG_LEVEL: 'warn' })
try {
  const { key } = await setUp(server)
  const headers = { 'x-api-key': key }
  results.push(await load(`${name}: GET /v1/me`, `${server.url}/v1/me`, 'GET', headers))
  results.push(await load(`${name}: GET /v1/keys?limit=20`, `${server.url}/v1/keys?limit=20`, 'GET', headers))
  results.push(
    await load(
      `${name}: POST /v1/keys (durable, audited)`,
      `${server.url}/v1/keys`,
      'POST',
      headers,
      JSON.stringify({ name: 'bench', role: 'viewer' }),
    ),
  )
} finally {
  await server.stop()
  await database.drop()
}
results.push(database.url ? await bareInsertsPostgres() : bareInsertsSqlite())

const reference = results[0]!.perSecond
console.log(
  `\n${CONNECTIONS} connections, ${SECONDS} s each; generator, server and database share this machine's cores\n`,
)
console.log(
  `${'what'.padEnd(46)}${'per second'.padStart(12)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}${'of bare'.padStart(10)}`,
)
for (const { what, perSecond, p50, p99 } of results) {
  const ratio = perSecond / reference
  console.log(
    `${what.padEnd(46)}${perSecond.toFixed(0).padStart(12)}${p50.toFixed(1).padStart(10)}${p99.toFixed(1).padStart(10)}${ratio.toFixed(2).padStart(10)}`,
  )
}
console.log(`\n${JSON.stringify(results)}`)

async function load(
  what: string,
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const times: number[] = []
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const began = performance.now()
      const outgoing = request(
        url,
        { agent, method, headers: body ? { ...headers, 'content-type': 'application/json' } : headers },
        (answer) => {
          if ((answer.statusCode ?? 500) >= 400) reject(new Error(`${what}: ${answer.statusCode}`))
          answer.resume().on('end', () => {
            times.push(performance.now() - began)
            resolve()
          })
        },
      )
      outgoing.on('error', reject).end(body)
    })
  const run = async (seconds: number) => {
    const end = performance.now() + seconds * 1000
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (performance.now() < end) await one()
      }),
    )
  }
  await run(1)
  times.length = 0
  const began = performance.now()
  await run(SECONDS)
  const perSecond = times.length / ((performance.now() - began) / 1000)
  agent.destroy()
  times.sort((a, b) => a - b)
  return { what, perSecond, p50: times[Math.floor(times.length * 0.5)]!, p99: times[Math.floor(times.length * 0.99)]! }
}

async function bareServer() {
  const program = `require('http').createServer((q, a) => { a.setHeader('content-type', 'application/json'); a.end('{"ok":true,"list":[1,2,3]}') }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(child.stdout, 'data')
  return { url: `http://127.0.0.1:${String(port).trim()}/`, stop: () => child.kill() }
}

function bareInsertsSqlite(): Result {
  const file = join(import.meta.dirname, `../../bench-${process.pid}.db`)
  const connection = new DatabaseSync(file)
  connection.exec('pragma journal_mode = wal; pragma synchronous = full; create table t (a text primary key, b text)')
  const insert = connection.prepare('insert into t values (?, ?)')
  const times: number[] = []
  const end = performance.now() + SECONDS * 1000
  while (performance.now() < end) {
    const began = performance.now()
    insert.run(String(times.length), 'x'.repeat(200))
    times.push(performance.now() - began)
  }
  connection.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  return summary('SQLite: bare committed insert, one writer', times, SECONDS)
}

async function bareInsertsPostgres(): Promise<Result> {
  const fresh = await freshDatabase()
  const pool = new pg.Pool({ connectionString: fresh.url, max: 10 })
  // Dropping the database ends connections that are still closing.
  pool.on('error', (error) => console.error(pool.ending ? '' : error.message))
  await pool.query('create table t (a text primary key, b text)')
  const times: number[] = []
  let next = 0
  const end = performance.now() + SECONDS * 1000
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        const began = performance.now()
        await pool.query('insert into t values ($1, $2)', [String(next++), 'x'.repeat(200)])
        times.push(performance.now() - began)
      }
    }),
  )
  await pool.end()
  await fresh.drop()
  return summary('PostgreSQL: bare committed insert, pool of 10', times, SECONDS)
}

function summary(what: string, times: number[], seconds: number): Result {
  times.sort((a, b) => a - b)
  return {
    what,
    perSecond: times.length / seconds,
    p50: times[Math.floor(times.length / 2)]!,
    p99: times[Math.floor(times.length * 0.99)]!,
  }
}
