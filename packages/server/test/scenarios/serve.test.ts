import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { runCli, type ServerProcess, setUp, startProcess } from '../server.ts'

describe(`cardea serve on ${databaseName}`, () => {
  let database: TestDatabase
  let server: ServerProcess | undefined
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(async () => {
    await server?.kill()
    server = undefined
    await database.drop()
  })

  it('prints version, address, data folder and a link that makes the first administrator, once', async () => {
    server = await startProcess(database)
    expect(server.output()).toMatch(/Cardea 0\.1\.0/)
    expect(server.output()).toContain(join(database.folder, 'data'))
    const { client } = await setUp(server)
    expect((await client.me()).workspaces).toHaveLength(1)
    await expect(setUp(server)).rejects.toMatchObject({ code: 'setup.link_used' })

    await server.stop()
    server = await startProcess(database)
    expect(server.setupToken).toBeUndefined()
  })

  it('gives a new link at each start until somebody has used one, and only the newest works', async () => {
    server = await startProcess(database)
    const { setupToken } = server
    await server.stop()
    server = await startProcess(database)
    await expect(setUp({ url: server.url, setupToken })).rejects.toMatchObject({ code: 'setup.link_wrong' })
    await setUp(server)
  })

  it('keeps the data folder and what is in it to its owner', async () => {
    server = await startProcess(database)
    const data = join(database.folder, 'data')
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(statSync(join(data, 'master.key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(data, 'cardea.sock')).mode & 0o777).toBe(0o600)
  })

  it('makes a folder private that was not', async () => {
    mkdirSync(join(database.folder, 'data'), { mode: 0o755 })
    server = await startProcess(database)
    expect(statSync(join(database.folder, 'data')).mode & 0o777).toBe(0o700)
  })

  it('drains on SIGTERM and exits 0', async () => {
    server = await startProcess(database)
    await setUp(server)
    expect(await server.stop()).toBe(0)
    expect(existsSync(join(database.folder, 'data/cardea.sock'))).toBe(false)
  })

  it('tells a second server on the same folder who has it', async () => {
    server = await startProcess(database)
    const second = await runCli(['serve'], database)
    expect(second).toMatchObject({ status: 1, stdout: '' })
    expect(second.stderr).toContain(`process ${server.child.pid}, at ${server.url}`)
    expect(second.stderr).toContain('CARDEA_DATA_DIR')
  })

  it('starts again at once after kill -9', async () => {
    server = await startProcess(database)
    const { client } = await setUp(server)
    await server.kill()
    server = await startProcess(database)
    expect(server.setupToken).toBeUndefined()
    await expect(client.me()).rejects.toMatchObject({ code: 'client.unreachable' })
  })

  it('says that a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const { status, stderr } = await runCli(['serve'], database, { CARDEA_PORT: String(port) })
    taken.close()
    expect(status).toBe(1)
    expect(stderr).toContain(`something else listens on http://127.0.0.1:${port}`)
    expect(stderr).toContain('CARDEA_PORT')
  })

  it('reports every mistake of the configuration and exits 2', async () => {
    const { status, stderr } = await runCli(['serve'], database, { CARDEA_PORT: 'x', CARDEA_AUDIT: 'lax' })
    expect(status).toBe(2)
    expect(stderr).toContain('2 mistakes')
    expect(stderr).toContain('CARDEA_PORT')
    expect(stderr).toContain('CARDEA_AUDIT')
  })

  it('refuses the wrong master key before it writes anything', async () => {
    server = await startProcess(database)
    await setUp(server)
    await server.stop()
    const wrong = join(database.folder, 'wrong.key')
    writeFileSync(wrong, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
    const { status, stderr } = await runCli(['serve'], database, { CARDEA_MASTER_KEY_FILE: wrong })
    expect(status).toBe(1)
    expect(stderr).toMatch(/master key/)
  })

  it('refuses a database that a newer program has made', async () => {
    server = await startProcess(database)
    await server.stop()
    await pretendNewer(database)
    const { status, stderr } = await runCli(['serve'], database)
    expect(status).toBe(1)
    expect(stderr).toContain('the database has schema 999')
  })

  it('shows its settings with secrets hidden', async () => {
    const { stdout } = await runCli(['config'], database, { CARDEA_METRICS_TOKEN: 'planted-planted-planted' })
    expect(stdout).toMatch(/CARDEA_METRICS_TOKEN +\(secret\) +environment/)
    expect(stdout).not.toContain('planted')
  })
})

describe('bin/cli.js under an older Node', () => {
  const systemNode = ['/usr/bin/node', '/usr/local/bin/node'].find(
    (path) => existsSync(path) && Number(/v(\d+)/.exec(execFileSync(path, ['-v'], { encoding: 'utf8' }))?.[1]) < 24,
  )

  it('starts the Node that was installed beside it', (context) => {
    if (!systemNode) return context.skip('the system has no Node older than 24')
    const { stdout, status } = spawnSync(systemNode, [join(import.meta.dirname, '../../bin/cli.js'), 'version'], {
      encoding: 'utf8',
    })
    expect({ stdout, status }).toEqual({ stdout: 'cardea 0.1.0\n', status: 0 })
  })
})

async function pretendNewer({ folder, url }: TestDatabase): Promise<void> {
  if (url) {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`insert into migrations values (999, 'from the future', 0)`)
    await client.end()
  } else {
    const { DatabaseSync } = await import('node:sqlite')
    const connection = new DatabaseSync(join(folder, 'data/cardea.db'))
    connection.exec(`insert into migrations values (999, 'from the future', 0)`)
    connection.close()
  }
}
