import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { system } from '../../src/actor.ts'
import { systemClock } from '../../src/clock.ts'
import { Secret } from '../../src/secret.ts'
import { keychain } from '../../src/vault/keys/keychain.ts'
import { createTestClock } from '../clock.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { A, codeOf, freshGround, type Ground } from './ground.ts'

/**
 * With a real Secret Service, when one answers. To have one:
 * dbus-run-session -- sh -c 'printf pw | gnome-keyring-daemon --unlock --components=secrets && npx vitest run …'
 */
const whyNot = await keychain('/cardea-test-probe', systemClock)
  .read()
  .then(
    () => '',
    (error: Error) => error.message,
  )

const ref = { workspaceId: A, ownerId: 'conn_1', field: 'token', version: 1 }

describe(`the keychain on ${databaseName}${whyNot ? ` (left out: ${whyNot})` : ''}`, () => {
  let ground: Ground
  beforeEach(async () => {
    ground = await freshGround()
  })
  afterEach(() => ground.clear())

  it.skipIf(whyNot)('keeps the master key, is found again, and leaves no key in the data folder', async () => {
    const server = await ground.start({ keychain: 'auto' })
    expect(server.vault.masterKey.source).toBe('the keychain')
    expect(server.vault.masterKey.warning).toBeUndefined()
    await server.vault.put(ref, Secret.of('value'))
    const { id } = server.vault.masterKey
    await server.stop()
    expect(readdirSync(ground.folder).filter((name) => name.includes('key'))).toEqual([])
    for (const keychain of ['auto', 'on'] as const) {
      const again = await ground.start({ keychain })
      expect(again.vault.masterKey.id).toBe(id)
      expect((await again.vault.get(ref)).reveal()).toBe('value')
      await again.stop()
    }
  })

  it.skipIf(whyNot || postgresUrl)('is rotated in', async () => {
    const server = await ground.start({ keychain: 'on' })
    await server.vault.put(ref, Secret.of('value'))
    const { id } = server.vault.masterKey
    const rotations = server.rotations()
    await rotations.start({ actor: system, requestId: 'req_1', ip: '' }, 'master_key')
    await rotations.idle()
    expect(await rotations.newest()).toMatchObject({ state: 'done' })
    expect(server.vault.masterKey.id).not.toBe(id)
    expect(await server.masterKey.ids('afresh')).toEqual([server.vault.masterKey.id])
    await server.stop()
    const again = await ground.start({ keychain: 'on' })
    expect((await again.vault.get(ref)).reveal()).toBe('value')
  })

  it.skipIf(whyNot)('that holds nothing is not given a new key while the vault holds anything', async () => {
    const server = await ground.start({ keychain: 'auto' })
    const { id } = server.vault.masterKey
    await server.vault.put(ref, Secret.of('value'))
    await server.stop()
    const before = existsSync(ground.file) && readFileSync(ground.file)
    const kept = await keychain(ground.folder, systemClock).read()
    execFileSync(process.execPath, ['--input-type=module', '-e', FORGET, '--', ground.folder], {
      cwd: import.meta.dirname,
    })
    for (const keychain of ['auto', 'on'] as const) {
      const error = await ground.start({ keychain }).catch((error: Error) => error)
      expect((error as Error).message).toContain(id)
    }
    expect(await keychain(ground.folder, systemClock).read()).toBeUndefined()
    expect(existsSync(ground.keyFile)).toBe(false)
    if (before) expect(readFileSync(ground.file).equals(before)).toBe(true)
    await keychain(ground.folder, systemClock).create(kept!)
    const again = await ground.start({ keychain: 'auto' })
    expect((await again.vault.get(ref)).reveal()).toBe('value')
  })

  it('that never answers is not waited for without end, and the server goes on meanwhile', async () => {
    const socket = join(ground.folder, 'bus')
    const bus = createServer(() => {}).listen(socket)
    const before = process.env.DBUS_SESSION_BUS_ADDRESS
    process.env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${socket}`
    try {
      const clock = createTestClock()
      const connected = new Promise((resolve) => bus.once('connection', resolve))
      const reading = codeOf(keychain('/somewhere', clock).read())
      await connected
      await clock.advance(60_000)
      expect(await reading).toBe('vault.keychain_unusable')
    } finally {
      process.env.DBUS_SESSION_BUS_ADDRESS = before
      if (before === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS
      bus.close()
    }
  })

  it('is given its key through a pipe, not in the arguments that every user of the machine can list', async () => {
    const text = Buffer.from('planted-7Qz')
    const writing = codeOf(keychain('/cardea-test-arguments', systemClock).create(text))
    const listed = await new Promise<string>((resolve) => execFile('ps', ['axeww'], (_error, out) => resolve(out)))
    await writing
    expect(listed).not.toContain('planted-7Qz')
  })
})

const FORGET = `
  import { Entry } from '@napi-rs/keyring'
  new Entry('cardea', process.argv[1], { linux: { store: 'secret-service' } }).deleteCredential()
`
