import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Problem } from '../../src/errors.ts'
import { createLogger } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { keychain } from '../../src/vault/keys/keychain.ts'
import { createKeyring, type KeyringPlace } from '../../src/vault/keys/keyring.ts'
import { openMasterKey } from '../../src/vault/vault.ts'
import { createTestClock } from '../clock.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { A, codeOf, freshGround, type Ground } from './ground.ts'

const log = createLogger({ level: 'debug', format: 'json', clock: createTestClock(), write: () => {} })
const ref = { workspaceId: A, ownerId: 'conn_1', field: 'token', version: 1 }
const newKey = () => `${randomBytes(32).toString('base64')}\n`
const writeKey = (path: string, text: string) => writeFileSync(path, text, { mode: 0o600 })

describe(`the master key on ${databaseName}`, () => {
  let ground: Ground
  beforeEach(async () => {
    ground = await freshGround()
    // No keychain answers, whatever this machine has.
    process.env.DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent'
  })
  afterEach(() => ground.clear())

  const messageOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no problem',
      (error: Error) => error.message,
    )

  it('is made at first start, in a file that its owner alone may read, and found again', async () => {
    const server = await ground.start()
    expect(statSync(ground.keyFile).mode & 0o777).toBe(0o600)
    const { id } = server.vault.masterKey
    await server.stop()
    const again = await ground.start()
    expect(again.vault.masterKey.id).toBe(id)
    expect(readdirSync(ground.folder).filter((name) => name.startsWith('master.key'))).toEqual(['master.key'])
  })

  it('is made in the data folder, with a warning, where no keychain answers', async () => {
    const server = await ground.start({ keychain: 'auto' })
    expect(server.vault.masterKey.source).toContain('master.key')
    expect(server.vault.masterKey.warning).toContain('keychain')
    await server.vault.put(ref, Secret.of('value'))
    await server.stop()
    const again = await ground.start({ keychain: 'auto' })
    expect((await again.vault.get(ref)).reveal()).toBe('value')
  })

  it('stops the start where the keychain must be used and does not answer', async () => {
    expect(await codeOf(ground.start({ keychain: 'on' }))).toBe('vault.keychain_unusable')
    expect(existsSync(ground.keyFile)).toBe(false)
  })

  it.each(['another key', 'no key'])('stops the start with %s before anything is written', async (what) => {
    const server = await ground.start()
    await server.vault.put(ref, Secret.of('value'))
    const { id } = server.vault.masterKey
    await server.stop()
    const right = readFileSync(ground.keyFile)
    const before = existsSync(ground.file) && readFileSync(ground.file)
    rmSync(ground.keyFile)
    if (what === 'another key') writeKey(ground.keyFile, newKey())
    for (const keychain of ['off', 'auto'] as const) {
      const message = await messageOf(ground.start({ keychain }))
      expect(message).toContain(id)
      expect(message).toContain(ground.keyFile)
    }
    expect(existsSync(ground.keyFile)).toBe(what === 'another key')
    if (before) expect(readFileSync(ground.file).equals(before)).toBe(true)
    writeKey(ground.keyFile, right.toString())
    const again = await ground.start()
    expect((await again.vault.get(ref)).reveal()).toBe('value')
  })

  it('mentions the keychain that does not answer when the key is missing', async () => {
    await (await ground.start()).stop()
    rmSync(ground.keyFile)
    expect(await messageOf(ground.start({ keychain: 'auto' }))).toContain('the keychain cannot be used')
  })

  it.each([0o640, 0o604, 0o660, 0o644])('is refused in a file of mode %o', async (mode) => {
    await (await ground.start()).stop()
    chmodSync(ground.keyFile, mode)
    const error = await ground.start().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(Problem)
    expect((error as Problem).code).toBe('vault.key_file_unusable')
    expect((error as Problem).message).toContain(`0${mode.toString(8)}`)
    expect((error as Problem).message).toContain(`chmod 600 '${ground.keyFile}'`)
  })

  it.each([
    ['', 'holds no key'],
    ['# only a comment\n\n', 'holds no key'],
    ['c2hvcnQ=\n', 'line 1'],
    [`${newKey()}not base64 at all not base64 at all not bas=\n`, 'line 2'],
    [randomBytes(32).toString('base64url'), 'line 1'],
    [randomBytes(33).toString('base64'), 'line 1'],
    [randomBytes(32).toString('hex'), 'line 1'],
    [newKey().repeat(21), 'more than 20'],
    [newKey().repeat(3000), 'too large'],
  ])('is refused when the text is %j', async (text, why) => {
    writeKey(ground.keyFile, text)
    const message = await messageOf(ground.start())
    expect(message).toContain(why)
    for (const line of text.split('\n')) if (line.length > 20) expect(message).not.toContain(line)
  })

  it('is refused when it is a folder', async () => {
    mkdirSync(ground.keyFile)
    expect(await codeOf(ground.start())).toBe('vault.key_file_unusable')
  })

  it('is read from the file that the operator names, comments, blanks and line ends aside', async () => {
    const path = join(ground.folder, 'elsewhere.key')
    const old = newKey()
    writeKey(path, old)
    const server = await ground.start({ masterKeyFile: path })
    await server.vault.put(ref, Secret.of('value'))
    const { id } = server.vault.masterKey
    await server.stop()
    expect(existsSync(ground.keyFile)).toBe(false)
    writeKey(path, `# new\r\n  ${newKey().trim()} \r\n\r\n# old\r\n${old.trim()}`)
    const again = await ground.start({ masterKeyFile: path })
    // The first line is for the next rotation; what the vault holds decides which key is in use.
    expect(again.vault.masterKey.id).toBe(id)
    expect((await again.vault.get(ref)).reveal()).toBe('value')
  })

  it('is not made up when the file that the operator names is not there', async () => {
    const path = join(ground.folder, 'elsewhere.key')
    const message = await messageOf(ground.start({ masterKeyFile: path }))
    expect(message).toContain('openssl rand -base64 32')
    expect(existsSync(path)).toBe(false)
  })

  it('stops the start when a data key needs an older key that is not at hand', async () => {
    const server = await ground.start()
    await server.vault.put(ref, Secret.of('value'))
    const { id } = server.vault.masterKey
    const next = await server.masterKey.grow()
    const interrupted = server.rotations({ after: (step) => fail(step === 'activated') })
    const old = readFileSync(ground.keyFile, 'utf8').split('\n')
    if (postgresUrl) expect(old).toHaveLength(3)
    await interrupted.start({ actor: { kind: 'system' }, requestId: 'req', ip: '' }, 'master_key')
    await interrupted.idle()
    await server.stop()
    writeKey(ground.keyFile, old[0]!)
    const message = await messageOf(ground.start())
    expect(message).toContain(id)
    expect(message).toContain(next)
  })

  it('is only one when two servers make the first at once', async () => {
    const config = { dataDir: ground.folder, keychain: 'off' as const }
    const keys = await Promise.all([1, 2, 3, 4].map(() => openMasterKey(config, log)))
    await Promise.all(keys.map((key) => key.create()))
    const ids = await Promise.all(keys.map((key) => key.ids()))
    expect(new Set(ids.flat()).size).toBe(1)
    expect(readdirSync(ground.folder)).toEqual(['master.key'])
  })

  it('lets a server go on whose key file is removed while it runs', async () => {
    const server = await ground.start()
    await server.vault.put(ref, Secret.of('value'))
    rmSync(ground.keyFile)
    expect(await codeOf(server.vault.unwrap('x', { masterKeyId: 'f'.repeat(16), wrapped: randomBytes(64) }))).toBe(
      'vault.wrong_master_key',
    )
    await server.vault.check()
    expect(await server.vault.wrap('backup', randomBytes(32))).toBeTruthy()
  })
})

describe('a keyring in a keychain', () => {
  const place = (read: () => Promise<Buffer | undefined>): KeyringPlace => ({
    source: 'the keychain',
    read,
    create: async () => {
      throw new Error('must not be written')
    },
    replace: async () => {
      throw new Error('must not be written')
    },
    changeable: async () => true,
    unusable: (why) => new Problem('vault.keychain_unusable', { why }),
  })

  it('never takes "nothing there" for "make a new key" while the vault holds anything', async () => {
    const keyring = createKeyring(place(async () => undefined))
    expect(await codeOf(keyring.preflight('0123456789abcdef'))).toBe('vault.wrong_master_key')
    await keyring.preflight(undefined)
    expect(await keyring.ids()).toEqual([])
  })

  it('is unusable, and not empty, when nobody answers', async () => {
    process.env.DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent'
    expect(await codeOf(keychain('/somewhere', createTestClock()).read())).toBe('vault.keychain_unusable')
  })
})

function fail(when: boolean): void {
  if (when) throw new Error('a crash')
}
