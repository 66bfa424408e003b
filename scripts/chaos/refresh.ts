// No token is lost: ten thousand renewals by three servers on one PostgreSQL (with CARDEA_TEST_POSTGRES), and by one on SQLite, while servers are
// killed and stopped at the worst points, with clocks that are minutes apart and a token server that is slow, failing and losing answers.
// With --without-ownership nobody asks whose a renewal is, and the table goes red. With --short it takes half a minute.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type ChaosOptions, runChaos } from './chaos.ts'
import { isRed, table } from './table.ts'

const { values } = parseArgs({
  options: {
    'without-ownership': { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    exchanges: { type: 'string' },
    connections: { type: 'string' },
    only: { type: 'string' },
  },
})

const { CARDEA_TEST_POSTGRES: url, ...withoutPostgres } = process.env
if (url && values.only !== 'postgres') {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { env: withoutPostgres, stdio: 'inherit' })
  if (status) process.exitCode = status
  if (values.only === 'sqlite') process.exit()
} else if (!url) console.log('SQLite: one server. With CARDEA_TEST_POSTGRES=postgres://… three on PostgreSQL follow.')

const servers = url ? 3 : 1
const full: ChaosOptions = {
  servers,
  callers: 50,
  connections: Number(values.connections ?? 1000),
  exchanges: Number(values.exchanges ?? 10_000),
  seconds: 900,
  lifeSeconds: 60,
  stopSeconds: [25, 40],
  stops: ['stop after the check', 'stop before the check', 'anywhere', 'stop after sending'],
  every: { hit: 5, kill: 15, stop: servers === 1 ? 60 : 15, session: 7, refuse: 40, client: 20 },
  pauseMilliseconds: 1000,
}
const short: ChaosOptions = {
  ...full,
  connections: 60,
  seconds: 15,
  lifeSeconds: 8,
  exchanges: 100_000,
  stopSeconds: [3, 6],
  every: { hit: 3, kill: 8, stop: 8, session: 4, refuse: 12, client: Number.POSITIVE_INFINITY },
}
/** Nothing but what ownership is for: whoever is stopped right before it sends, and goes on when others have long given it up. */
const withoutOwnership: ChaosOptions = {
  ...full,
  connections: 200,
  seconds: 300,
  stopSeconds: [35, 45],
  stops: ['stop after the check'],
  every: { ...full.every, hit: 1000, kill: 1000, stop: 4, session: 1000 },
  withoutOwnership: true,
}
const chosen = values['without-ownership'] ? withoutOwnership : values.short ? short : full
const report = await runChaos({
  ...chosen,
  say: (line) => console.log(`  ${line}`),
})
console.log(`\n${table(report)}\n`)
for (const line of report.beyond.slice(0, 20)) console.log(`  ${line}`)
for (const id of report.deadButAlive.slice(0, 20)) console.log(`  dead, and alive: ${id}`)
for (const id of report.greenButDead.slice(0, 20)) console.log(`  green, and dead: ${id}`)
if (isRed(report)) {
  console.error('a token was lost, or a connection said what is not so')
  process.exitCode = 1
}
