import { spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp } from '../app.ts'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { environmentFor, runCli, type ServerProcess, startProcess } from '../server.ts'

const SECRET = 'a-client-secret-of-the-command-line'
let database: TestDatabase
let workspaceId: string
let server: ServerProcess | undefined

beforeAll(async () => {
  database = await freshDatabase()
  const app = await testApp({ database, logLevel: 'error' })
  ;({ workspaceId } = await app.setUp())
  await app.close()
  writeFileSync(join(database.folder, 'secret.txt'), `${SECRET}\n`)
})
afterAll(async () => {
  await server?.kill()
  await database?.drop()
})

const file = () => join(database.folder, 'secret.txt')
const cardea = (...words: string[]) => runCli(words, database)
const json = async (...words: string[]) => {
  const { status, stdout, stderr } = await cardea(...words, '--json')
  expect(stdout + stderr).not.toContain(SECRET)
  return { status, ...(JSON.parse(stdout) as Record<string, unknown>) } as Record<string, never> & { status: number }
}

/** With something on stdin, as a script does it. */
function typing(text: string, words: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const cli = join(import.meta.dirname, '../../bin/cli.js')
  const child = spawn(process.execPath, [cli, ...words], { env: environmentFor(database) })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.end(text)
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })))
}

describe(`cardea apps, on ${databaseName}`, () => {
  it('registers with a secret from a file or from stdin, shows, changes and removes, and prints no secret', async () => {
    const added = await cardea(
      'apps',
      'add',
      'github',
      '--method',
      'oauth',
      '--client-id',
      'one',
      '--secret-file',
      file(),
    )
    expect(added.stderr).toContain('/oauth/callback')
    expect(added.stdout).toContain('clientSecret (never shown)')
    expect(added.stdout + added.stderr).not.toContain(SECRET)
    const [app] = Object.values(await json('apps', 'list')) as unknown as { id: string }[]
    const id = String(app!.id)
    expect(await json('apps', 'show', id, '--workspace', workspaceId)).toMatchObject({ id, clientId: 'one' })

    const refused = await cardea('apps', 'update', id, '--client-id', 'two')
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('newly entered secret')])
    const seen = await cardea('apps', 'update', id, '--client-id', 'two', '--dry-run')
    expect([seen.status, seen.stderr]).toEqual([0, expect.stringContaining('nothing was changed')])
    const changed = await typing(SECRET, ['apps', 'update', id, '--client-id', 'two', '--stdin'])
    expect(changed).toMatchObject({ status: 0 })
    expect(await json('apps', 'show', id)).toMatchObject({ clientId: 'two' })
    const several = JSON.stringify({ fields: { ownKeyId: 'AKIAABCDEFGHIJKLMNOP', ownSecret: 'k'.repeat(40) } })
    const roles = await typing(several, ['apps', 'add', 'aws', '--stdin', '--json'])
    expect(JSON.parse(roles.stdout)).toMatchObject({ provider: 'aws', secrets: ['ownKeyId', 'ownSecret'] })

    expect(await cardea('apps', 'remove', id)).toMatchObject({ status: 0 })
    expect((await cardea('apps', 'show', id)).stderr).toContain('no such OAuth app')
  })

  it('registers for every workspace with --deployment, and never takes a secret as an argument', async () => {
    const made = await json(
      ...['apps', 'add', 'microsoft_graph', '--deployment', '--client-id', 'x', '--setting', 'tenant=contoso.com'],
      ...['--scope', 'Files.Read', '--scope', 'Sites.Read.All', '--default', '--secret-file', file()],
    )
    expect(made).toMatchObject({
      origin: 'deployment',
      settings: { tenant: 'contoso.com' },
      extraScopes: ['Files.Read', 'Sites.Read.All'],
      isDefault: true,
    })
    expect((await cardea('apps', 'list')).stdout).toContain('from the deployment')
    expect(await cardea('apps', 'add', 'github', '--secret', SECRET)).toMatchObject({ status: 2 })
    expect(await cardea('apps', 'add', 'github', '--secret-file', '/nowhere')).toMatchObject({ status: 2 })
    expect(await cardea('apps', 'update', String(made.id), '--deployment')).toMatchObject({ status: 2 })
    expect(await cardea('apps', 'list', '--deployment', '--workspace', workspaceId)).toMatchObject({ status: 2 })
    expect(await cardea('apps', 'add', 'github', '--setting', 'novalue', '--client-id', 'x')).toMatchObject({
      status: 2,
    })
  })

  it('examines with "cardea doctor", which exits 1 while something needs doing', async () => {
    // The key file lies beside the data here, and the doctor says so.
    const alone = await json('doctor')
    expect(alone.status).toBe(1)
    const about = (alone.findings as unknown as { about: string; ok: boolean }[]).map((each) => [each.about, each.ok])
    expect(Object.fromEntries(about)).toEqual({
      'data folder': true,
      vault: false,
      database: true,
      clock: true,
      apps: true,
      address: true,
      services: true,
    })
    const key = join(database.folder, 'elsewhere.key')
    const elsewhere = { CARDEA_MASTER_KEY_FILE: key }
    writeFileSync(key, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
    const wrongKey = await runCli(['doctor', '--json'], database, elsewhere)
    expect(wrongKey.status).toBe(1)
    expect(wrongKey.stdout).toContain('"server"')

    const open = { CARDEA_HOST: '0.0.0.0' }
    expect((await runCli(['doctor'], database, open)).stdout).toContain('CARDEA_PUBLIC_URL is not set')
    const plain = { CARDEA_PUBLIC_URL: 'http://cardea.example.com' }
    expect((await runCli(['doctor'], database, plain)).stderr).toContain('TLS')
    const mistaken = await runCli(['doctor'], database, { CARDEA_PORT: 'many' })
    expect([mistaken.status, mistaken.stdout]).toEqual([1, expect.stringContaining('CARDEA_PORT')])

    const data = join(database.folder, 'data')
    chmodSync(data, 0o755)
    expect((await cardea('doctor')).stdout).toContain('Others on this machine')
    chmodSync(data, 0o700)
    expect((await runCli(['doctor'], { ...database, folder: join(database.folder, 'none') })).stdout).toContain(
      'There is no',
    )
  })

  it('asks a server that runs, through its socket', async () => {
    server = await startProcess(database)
    const found = await json('doctor')
    expect(found.findings).toContainEqual(expect.objectContaining({ about: 'address', ok: true }))
    expect((await cardea('apps', 'list')).status).toBe(0)
    await server.stop()
    server = undefined
  })
})
