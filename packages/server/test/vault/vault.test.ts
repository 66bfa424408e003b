import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { DEPLOYMENT } from '../../src/store/schema.ts'
import { conformance } from '../../src/vault/conformance.ts'
import { databaseName } from '../database.ts'
import { A, B, codeOf, freshGround, type Ground, type Server } from './ground.ts'

describe(`the vault on ${databaseName}`, () => {
  let ground: Ground
  let server: Server
  beforeEach(async () => {
    ground = await freshGround()
    server = await ground.start()
  })
  afterEach(() => ground.clear())

  const ref = { workspaceId: A, ownerId: 'conn_1', field: 'token', version: 1 }
  const planted = 'planted-secret-7Qz9'

  describe('the local driver', () => {
    for (const { name, run } of conformance) {
      it(name, () =>
        run({
          driver: {
            put: server.vault.put,
            get: server.vault.get,
            delete: async (what) => {
              if (!('field' in what)) return server.vault.deleteOwner(what.workspaceId, what.ownerId)
              const before = await server.vault.get(what).catch(() => undefined)
              await server.vault.delete(what)
              return before ? 1 : 0
            },
            check: server.vault.check,
          },
          workspaceId: A,
          otherWorkspaceId: B,
        }),
      )
    }
  })

  it('gives a value back after a restart', async () => {
    await server.vault.put(ref, Secret.of(planted))
    await server.stop()
    const next = await ground.start()
    expect((await next.vault.get(ref)).reveal()).toBe(planted)
  })

  it('names the owner of a ciphertext in which a byte was flipped, wherever that byte is', async () => {
    await server.vault.put(ref, Secret.of(planted))
    const { sealed } = await server.store.sweep((db) =>
      db.selectFrom('secrets').select('sealed').where('owner_id', '=', 'conn_1').executeTakeFirstOrThrow(),
    )
    for (let place = 0; place < sealed.length; place++) {
      const altered = Buffer.from(sealed)
      altered[place]! ^= 1
      await server.store.sweep((db) =>
        db.updateTable('secrets').set({ sealed: altered }).where('owner_id', '=', 'conn_1').execute(),
      )
      const error = await server.vault.get(ref).catch((error: unknown) => error)
      expect(isProblem(error, 'vault.corrupt'), `byte ${place}`).toBe(true)
      expect((error as Error).message).toContain('conn_1')
      expect((error as Error).stack).not.toContain(planted)
    }
  })

  it.each([{ workspace_id: B }, { owner_id: 'conn_2' }, { field: 'other' }, { version: 2 }])(
    'refuses a row that was moved to %o',
    async (moved) => {
      await server.vault.put(ref, Secret.of(planted))
      await server.vault.put({ ...ref, workspaceId: B, ownerId: 'conn_9' }, Secret.of('x'))
      await server.store.sweep((db) => db.updateTable('secrets').set(moved).where('owner_id', '=', 'conn_1').execute())
      const there = {
        workspaceId: moved.workspace_id ?? A,
        ownerId: moved.owner_id ?? 'conn_1',
        field: moved.field ?? 'token',
        version: moved.version ?? 1,
      }
      expect(await codeOf(server.vault.get(there))).toBe('vault.corrupt')
    },
  )

  it('refuses a data key that was moved to another workspace', async () => {
    await server.vault.put(ref, Secret.of(planted))
    await server.store.sweep((db) =>
      db.updateTable('data_keys').set({ workspace_id: B }).where('workspace_id', '=', A).execute(),
    )
    await server.store.sweep((db) =>
      db.updateTable('secrets').set({ workspace_id: B }).where('workspace_id', '=', A).execute(),
    )
    await server.stop()
    const next = await ground.start()
    const error = await next.vault.get({ ...ref, workspaceId: B }).catch((error: unknown) => error)
    expect(isProblem(error, 'vault.corrupt')).toBe(true)
    expect(await codeOf(next.vault.put({ ...ref, workspaceId: B, version: 2 }, Secret.of('x')))).toBe('vault.corrupt')
  })

  it('makes one data key when two servers need the first at once', async () => {
    const other = await ground.beside(server)
    const refs = Array.from({ length: 16 }, (_, n) => ({ ...ref, ownerId: `conn_${n}` }))
    await Promise.all(refs.map((each, n) => (n % 2 ? server : other).vault.put(each, Secret.of(each.ownerId))))
    for (const each of refs) {
      expect((await server.vault.get(each)).reveal()).toBe(each.ownerId)
      expect((await other.vault.get(each)).reveal()).toBe(each.ownerId)
    }
    const keys = await server.store.sweep((db) =>
      db.selectFrom('data_keys').select('id').where('workspace_id', '=', A).execute(),
    )
    expect(keys).toHaveLength(1)
  })

  it('makes one deployment key when two servers ask at once, and gives the same ever after', async () => {
    const other = await ground.beside(server)
    const keys = await Promise.all([server, other, server, other].map(({ vault }) => vault.deploymentKey('audit')))
    await server.stop()
    const next = await ground.start()
    keys.push(await next.vault.deploymentKey('audit'))
    expect(new Set(keys.map((key) => key.revealBytes().toString('hex'))).size).toBe(1)
    expect(keys[0]!.byteLength).toBe(32)
    const sessions = await next.vault.deploymentKey('sessions')
    expect(sessions.revealBytes().equals(keys[0]!.revealBytes())).toBe(false)
  })

  it('seals small values for one workspace and one purpose', async () => {
    const sealed = await server.vault.seal(A, ['reply', 'key_1'], Buffer.from(planted))
    expect((await server.vault.open(A, ['reply', 'key_1'], sealed)).toString()).toBe(planted)
    for (const [workspaceId, purpose] of [
      [B, ['reply', 'key_1']],
      [A, ['reply', 'key_2']],
      [A, ['reply']],
      [A, ['replykey_1']],
      [A, ['reply', 'key_1', '']],
      [DEPLOYMENT, ['reply', 'key_1']],
    ] as const) {
      expect(await codeOf(server.vault.open(workspaceId, purpose, sealed))).toBe('vault.corrupt')
    }
    const altered = Buffer.from(sealed)
    altered[altered.length - 1]! ^= 1
    expect(await codeOf(server.vault.open(A, ['reply', 'key_1'], altered))).toBe('vault.corrupt')
    expect(await codeOf(server.vault.open(A, ['reply', 'key_1'], Buffer.from('no envelope')))).toBe('vault.corrupt')
    await server.stop()
    const next = await ground.start()
    expect((await next.vault.open(A, ['reply', 'key_1'], sealed)).toString()).toBe(planted)
  })

  it('wraps a key for a backup under the master key, for one purpose', async () => {
    const key = Buffer.alloc(32, 7)
    const wrapped = await server.vault.wrap('backup 1', key)
    expect(wrapped.masterKeyId).toBe(server.vault.masterKey.id)
    expect((await server.vault.unwrap('backup 1', wrapped)).equals(key)).toBe(true)
    expect(await codeOf(server.vault.unwrap('backup 2', wrapped))).toBe('vault.corrupt')
    expect(await codeOf(server.vault.unwrap('backup 1', { ...wrapped, masterKeyId: '0'.repeat(16) }))).toBe(
      'vault.wrong_master_key',
    )
  })

  it('loses a shredded workspace for ever, and nothing else', async () => {
    await server.vault.put(ref, Secret.of(planted))
    await server.vault.put({ ...ref, workspaceId: B }, Secret.of('stays'))
    const sealed = await server.vault.seal(A, ['reply'], Buffer.from(planted))
    await server.store.within({ workspaceId: A }, async (db) => {
      await server.vault.shred(db, A)
      await db.deleteFrom('workspaces').where('id', '=', A).execute()
    })
    await server.store.forget()
    expect(await codeOf(server.vault.get(ref))).toBe('vault.not_found')
    expect(await codeOf(server.vault.open(A, ['reply'], sealed))).toBe('vault.corrupt')
    expect(await codeOf(server.vault.put(ref, Secret.of('again')))).toBe('workspace.not_found')
    const rows = await server.store.sweep((db) =>
      db.selectFrom('data_keys').select('id').where('workspace_id', '=', A).execute(),
    )
    expect(rows).toEqual([])
    expect((await server.vault.get({ ...ref, workspaceId: B })).reveal()).toBe('stays')
  })

  it('leaves nothing behind when puts race the deletion of their workspace', async () => {
    const other = await ground.beside(server)
    const put = async (n: number) =>
      codeOf((n % 2 ? server : other).vault.put({ ...ref, ownerId: `c${n}` }, Secret.of('x')))
    const puts = Array.from({ length: 12 }, (_, n) => put(n))
    const deletion = server.store.within({ workspaceId: A }, async (db) => {
      await server.vault.shred(db, A)
      await db.deleteFrom('workspaces').where('id', '=', A).execute()
    })
    puts.push(...Array.from({ length: 12 }, (_, n) => put(n + 12)))
    await deletion
    for (const code of await Promise.all(puts)) expect(['no problem', 'workspace.not_found']).toContain(code)
    for (const table of ['secrets', 'data_keys'] as const) {
      const rows = await server.store.sweep((db) =>
        db.selectFrom(table).select('created_at').where('workspace_id', '=', A).execute(),
      )
      expect(rows).toEqual([])
    }
  })

  it('leaves no readable secret in the files, the logs or its own errors', async () => {
    await server.vault.put(ref, Secret.of(planted))
    await server.vault.seal(A, ['reply'], Buffer.from(planted))
    const key = await server.vault.deploymentKey('audit')
    const problems = await Promise.all([
      server.vault.put(ref, Secret.of(`${planted}2`)).catch((error: unknown) => error),
      server.vault.get({ ...ref, version: 9 }).catch((error: unknown) => error),
    ])
    for (const problem of problems as Error[]) {
      server.log.error('a problem', { problem, value: Secret.of(planted) })
      expect(`${problem.message}${problem.stack}${JSON.stringify(problem)}`).not.toContain(planted)
    }
    expect(server.lines.join('')).not.toContain(planted)
    const masterKey = readFileSync(ground.keyFile, 'utf8').trim()
    const needles = [
      planted,
      Buffer.from(planted).toString('base64'),
      key.revealBytes(),
      masterKey,
      Buffer.from(masterKey, 'base64'),
    ]
    for (const name of readdirSync(ground.folder)) {
      if (name === 'master.key') continue
      const bytes = readFileSync(join(ground.folder, name))
      for (const needle of needles) expect(bytes.includes(needle), `${name}`).toBe(false)
    }
  })

  it('is ready, and is not once the canary of its master key has been altered', async () => {
    await server.vault.check()
    await server.store.sweep((db) =>
      db
        .updateTable('master_keys')
        .set({ canary: Buffer.from('no canary at all, and rather too long for one') })
        .execute(),
    )
    expect(await codeOf(server.vault.check())).toBe('vault.corrupt')
  })

  it('says where the master key is and warns when that is beside the data', async () => {
    expect(server.vault.masterKey.source).toBe(`the key file ${ground.keyFile}`)
    expect(server.vault.masterKey.id).toMatch(/^[0-9a-f]{16}$/)
    expect(server.vault.masterKey.warning).toContain('beside')
    expect(server.lines.join('')).toContain('CARDEA_MASTER_KEY_FILE')
  })
})
