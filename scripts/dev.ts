// Runs the server with reloads and the dashboard with hot replacement, side by side.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const children = [
  spawn(process.execPath, ['--watch', '--watch-preserve-output', 'packages/server/bin/cli.js', 'serve'], {
    cwd: root,
    stdio: 'inherit',
  }),
  spawn('npm', ['run', 'dev', '--workspace', '@cardea/dashboard'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  }),
]
const stop = () => {
  for (const child of children) child.kill('SIGTERM')
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
for (const child of children) child.on('exit', stop)
