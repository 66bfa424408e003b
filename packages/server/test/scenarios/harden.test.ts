import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type TestDatabase } from '../database.ts'
import { runCli, type ServerProcess, startProcess } from '../server.ts'

describe('a serving process', () => {
  let database: TestDatabase
  let server: ServerProcess | undefined
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(async () => {
    await server?.kill()
    await database.drop()
  })

  it('opens no inspector when it is signalled, and goes on', async () => {
    server = await startProcess(database)
    server.child.kill('SIGUSR1')
    await expect.poll(() => server!.output()).toContain('ignored SIGUSR1')
    expect(server.output()).not.toMatch(/Debugger listening/)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  it('leaves no memory in core files', async (context) => {
    if (process.platform !== 'linux') return context.skip('only Linux says so')
    server = await startProcess(database)
    expect(Number.parseInt(readFileSync(`/proc/${server.child.pid}/coredump_filter`, 'utf8'), 16)).toBe(0)
  })

  it.each(['--inspect=0', '--heapsnapshot-signal=SIGUSR2', '--report-on-signal', '--abort-on-uncaught-exception'])(
    'refuses to serve with %s',
    async (flag) => {
      const { status, stderr } = await runCli(['serve'], database, { NODE_OPTIONS: flag })
      expect(status).toBe(1)
      expect(stderr).toContain('it would show credentials in memory')
    },
  )
})
