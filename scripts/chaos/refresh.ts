// No token is lost: ten thousand renewals by three servers on one PostgreSQL (with CARDEA_TEST_POSTGRES), and by one on SQLite, while servers are
// killed and stopped at the worst points, with clocks that are minutes apart and a token server that is slow, failing and losing answers.
// With --without-ownership nobody asks whose a renewal is (on PostgreSQL, where there are several), and the table goes red. With --short it takes
// half a minute.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { runChaos } from './chaos.ts'
import { full, short, withoutOwnership } from './forms.ts'
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
if (values['without-ownership']) {
  if (!url) throw new Error('one server owns everything: set CARDEA_TEST_POSTGRES=postgres://…')
} else if (url && values.only !== 'postgres') {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { env: withoutPostgres, stdio: 'inherit' })
  if (status) process.exitCode = status
  if (values.only === 'sqlite') process.exit()
} else if (!url) console.log('SQLite: one server. With CARDEA_TEST_POSTGRES=postgres://… three on PostgreSQL follow.')

const servers = url ? 3 : 1
const chosen = values['without-ownership'] ? withoutOwnership(servers) : values.short ? short(servers) : full(servers)
const report = await runChaos({
  ...chosen,
  ...(values.exchanges ? { exchanges: Number(values.exchanges) } : {}),
  ...(values.connections ? { connections: Number(values.connections) } : {}),
  say: (line) => console.log(`  ${line}`),
})
console.log(`\n${table(report)}\n`)
for (const line of report.beyond.slice(0, 20)) console.log(`  ${line}`)
for (const id of report.deadButAlive.slice(0, 20)) console.log(`  dead, and alive: ${id}`)
for (const id of report.greenButDead.slice(0, 20)) console.log(`  green, and dead: ${id}`)
if (values['without-ownership']) {
  if (isRed(report)) console.log('red, as it has to be: nobody asked whose a renewal is')
  else {
    console.error('the table stays green although nobody asks whose a renewal is: it proves nothing')
    process.exitCode = 1
  }
} else if (isRed(report)) {
  console.error('a token was lost, or a connection said what is not so')
  process.exitCode = 1
}
