// A server to play with, and a made-up service to connect: in a temporary folder, gone when it is stopped.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'cardea-demo-'))
// Nothing that is set for a real server may reach this one, its database least of all.
const { DATABASE_URL: _, ...given } = process.env
const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith('CARDEA_')))
const server = spawn(process.execPath, [join(root, 'packages/server/bin/cli.js'), 'serve'], {
  // Not the folder of the caller, whose configuration file would be read.
  cwd: folder,
  env: {
    ...rest,
    CARDEA_DATA_DIR: join(folder, 'data'),
    CARDEA_PORT: '0',
    CARDEA_KEYCHAIN: 'off',
    CARDEA_SANDBOX: '1',
    CARDEA_SANDBOX_PORT: '0',
    CARDEA_LOG_LEVEL: 'warn',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
  // Of a group of its own, so that Ctrl-C reaches it once: a second signal would mean now.
  detached: process.platform !== 'win32',
})

let printed = ''
server.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk)
  const before = printed
  printed += chunk
  if (!before.includes('#token=') && printed.includes('#token=')) setTimeout(() => console.log(whatToTry()), 50)
})

function whatToTry(): string {
  const sandbox = /sandbox {2}(\S+)/.exec(printed)?.[1] ?? ''
  return `
What to try:
  1. Open the link above, and make yourself the administrator.
  2. Connections › Add › Sandbox: sign in as Ada or Grace, and allow all of it, some of it, or nothing.
  3. Or connect it with an API key, which is on its own page: ${sandbox}
  4. On that page end every grant, then test the connection, and authorise it again.
  5. Delete the connection, and see on the same page that its grant has ended too.

Nothing of this is kept: Ctrl-C stops the server and removes ${folder}.`
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill('SIGTERM'))
server.on('exit', (status) => {
  rmSync(folder, { recursive: true, force: true })
  process.exitCode = status ?? 1
})
