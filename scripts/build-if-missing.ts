// Builds the dashboard where `npm ci --ignore-scripts` left it out.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
if (!existsSync(join(root, 'packages/dashboard/dist/index.html'))) {
  const { status } = spawnSync('npm', ['run', 'build', '--workspace', '@cardea/dashboard'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  // The API works without it; the server says so where the dashboard would be.
  if (status !== 0) console.error('the dashboard could not be built; the API works without it')
}
