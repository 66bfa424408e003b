// Prints the state of the house as a table: sizes, cycles, budgets, start time and idle memory.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cycles, FILE_LIMIT, longFiles, readSources, roomOf } from '../packages/server/test/architecture.ts'
import { AIM, loadCatalog, median } from './bench/catalog.ts'

const root = join(import.meta.dirname, '..')
const serverSources = readSources(join(root, 'packages/server/src'))
const lineCount = (text: string) => text.split('\n').length - 1
const heading = (text: string) => console.log(`\n${text}\n${'─'.repeat(text.length)}`)
const row = (...cells: (string | number)[]) =>
  console.log(
    `  ${cells.map((cell, column) => (column === 0 ? String(cell).padEnd(44) : String(cell).padStart(10))).join('')}`,
  )

heading('Rooms of the server')
row('room', 'files', 'lines')
const rooms = Map.groupBy(serverSources, ({ path }) => roomOf(path))
for (const [room, files] of [...rooms].sort(([a], [b]) => a.localeCompare(b))) {
  row(
    room,
    files.length,
    files.reduce((sum, { text }) => sum + lineCount(text), 0),
  )
}
row(
  'all',
  serverSources.length,
  serverSources.reduce((sum, { text }) => sum + lineCount(text), 0),
)

heading(`Files over ${FILE_LIMIT} lines`)
const long = serverSources.filter(({ text }) => lineCount(text) > FILE_LIMIT)
for (const { path, text } of long) row(path, lineCount(text), longFiles[path] ?? '')
if (long.length === 0) console.log('  none')

heading('Import cycles, types included')
const found = cycles(serverSources)
for (const cycle of found) console.log(`  ${cycle.join(' → ')}`)
if (found.length === 0) console.log('  none')

heading('Other packages')
row('package', 'files', 'lines')
for (const name of readdirSync(join(root, 'packages')).filter((name) => name !== 'server')) {
  const files = readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  )
  row(
    name,
    files.length,
    files.reduce((sum, file) => sum + lineCount(readFileSync(join(root, 'packages', name, 'src', file), 'utf8')), 0),
  )
}

heading('The whole catalog, loaded with a warm compile cache')
const loads = loadCatalog(5)
row(
  `time, median of ${loads.length} (aim ${AIM.milliseconds} ms)`,
  `${median(loads.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms`,
)
row(
  `heap, median of ${loads.length} (aim ${AIM.megabytes} MB)`,
  `${median(loads.map(({ megabytes }) => megabytes)).toFixed(1)} MB`,
)

heading('A server at rest (SQLite, new data folder, compile cache warm)')
await startAndStop()
const runs: Awaited<ReturnType<typeof startAndStop>>[] = []
for (let run = 0; run < 5; run++) runs.push(await startAndStop())
row(
  'start to first answer, median of 5 (aim 1.2 s)',
  `${(median(runs.map(({ startMs }) => startMs)) / 1000).toFixed(2)} s`,
)
row('resident memory, median of 5 (aim 170 MB)', `${median(runs.map(({ memoryMb }) => memoryMb)).toFixed(0)} MB`)

async function startAndStop() {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-measure-'))
  const began = performance.now()
  const server = spawn(process.execPath, [join(root, 'packages/server/bin/cli.js'), 'serve'], {
    env: {
      ...process.env,
      CARDEA_DATA_DIR: folder,
      CARDEA_PORT: '0',
      CARDEA_KEYCHAIN: 'off',
      CARDEA_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let text = ''
      server.stdout.on('data', (chunk) => {
        text += chunk
        const match = /http:\/\/[\d.]+:\d+/.exec(text)
        if (match) resolve(match[0])
      })
      server.on('exit', () => reject(new Error('the server did not start')))
    })
    const answer = await fetch(`${address}/readyz`)
    if (!answer.ok) throw new Error(`/readyz answered ${answer.status}`)
    const startMs = performance.now() - began
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
    const memoryMb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
    return { startMs, memoryMb }
  } finally {
    const ended = new Promise((resolve) => server.on('exit', resolve))
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
