import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caller, system } from '../../src/actor.ts'
import { MINUTE } from '../../src/clock.ts'
import { Secret } from '../../src/secret.ts'
import type { SecretRef } from '../../src/vault/vault.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { A, B, codeOf, freshGround, type Ground, type Server } from './ground.ts'

const caller: Caller = { actor: system, requestId: 'req_1', ip: '' }
const kinds = ['master_key', 'data_keys'] as const

describe(`rotations on ${databaseName}`, () => {
  let ground: Ground
  let server: Server
  beforeEach(async () => {
    ground = await freshGround()
    server = await ground.start()
  })
  afterEach(() => ground.clear())

  const refs = (count: number): SecretRef[] =>
    Array.from({ length: count }, (_, n) => ({
      workspaceId: n % 2 ? A : B,
      ownerId: `conn_${n >> 2}`,
      field: n % 3 ? 'token' : 'refresh',
      version: n + 1,
    }))
  const fill = async (all: SecretRef[]) => {
    for (const ref of all) await server.vault.put(ref, Secret.of(textOf(ref)))
    return {
      sealed: await server.vault.seal(A, ['reply'], Buffer.from('small')),
      audit: await server.vault.deploymentKey('audit'),
    }
  }
  const textOf = (ref: SecretRef) => `value of ${ref.ownerId} ${ref.field} ${ref.version}`
  const expectAll = async (from: Server, all: SecretRef[], more: Awaited<ReturnType<typeof fill>>) => {
    for (const ref of all) expect((await from.vault.get(ref)).reveal()).toBe(textOf(ref))
    expect((await from.vault.open(A, ['reply'], more.sealed)).toString()).toBe('small')
    expect((await from.vault.deploymentKey('audit')).revealBytes().equals(more.audit.revealBytes())).toBe(true)
  }
  const dataKeys = () =>
    server.store.sweep((db) => db.selectFrom('data_keys').selectAll().orderBy('workspace_id').execute())
  /** On PostgreSQL the operator brings the next key. */
  const bringNextKey = () => {
    if (!postgresUrl) return
    const old = readFileSync(ground.keyFile, 'utf8')
    writeFileSync(ground.keyFile, `${randomBytes(32).toString('base64')}\n${old}`)
  }
  const rotate = async (kind: (typeof kinds)[number], on = server) => {
    if (kind === 'master_key') bringNextKey()
    const rotations = on.rotations({ batch: 3 })
    const { id } = await rotations.start(caller, kind)
    await rotations.idle()
    return rotations.get(id)
  }

  it('seals every data key anew under a new master key', async () => {
    const all = refs(12)
    const more = await fill(all)
    const before = await dataKeys()
    const { id } = server.vault.masterKey
    const row = await rotate('master_key')
    expect(row).toMatchObject({ state: 'done', done: 3, total: 3, error: null, started_by: 'system' })
    const after = await dataKeys()
    expect(server.vault.masterKey.id).not.toBe(id)
    expect(after.map((key) => key.id)).toEqual(before.map((key) => key.id))
    for (const key of after) expect(key.master_key_id).toBe(server.vault.masterKey.id)
    await expectAll(server, all, more)
    expect(readFileSync(ground.keyFile, 'utf8').trim().split('\n')).toHaveLength(postgresUrl ? 2 : 1)
    expect(server.events).toMatchObject([
      { event: 'vault.rotation_started', subject: row.id, caller, detail: { kind: 'master_key', total: 3 } },
      { event: 'vault.rotation_finished', subject: row.id, caller, detail: { state: 'done', oldBackupsNeed: [id] } },
    ])
    await server.stop()
    await expectAll(await ground.start(), all, more)
  })

  it('seals every secret anew with new data keys and destroys the old', async () => {
    const all = refs(12)
    const more = await fill(all)
    const before = await dataKeys()
    const row = await rotate('data_keys')
    expect(row).toMatchObject({ state: 'done', done: 14, total: 14 })
    const after = await dataKeys()
    expect(after).toHaveLength(3)
    expect(after.filter(({ id }) => before.some((key) => key.id === id))).toEqual([])
    await expectAll(server, all, more)
    await server.stop()
    await expectAll(await ground.start(), all, more)
  })

  it('leaves no old key in the files of the embedded database', async () => {
    if (postgresUrl) return
    await fill(refs(8))
    const before = await dataKeys()
    await rotate('data_keys')
    await rotate('master_key')
    for (const name of ['cardea.db', 'cardea.db-wal']) {
      const bytes = readFileSync(`${ground.folder}/${name}`)
      for (const key of before) expect(bytes.includes(Buffer.from(key.wrapped))).toBe(false)
    }
  })

  it('can follow one another many times', async () => {
    const all = refs(6)
    const more = await fill(all)
    for (let round = 0; round < 3; round++) {
      for (const kind of kinds) expect((await rotate(kind)).state).toBe('done')
    }
    await expectAll(server, all, more)
    expect(await server.rotations().newest()).toMatchObject({ state: 'done' })
  })

  it('are one at a time, across servers', async () => {
    await fill(refs(2))
    const other = await ground.beside(server)
    // Interrupted at its first step, the one that begins does not end before the others have tried.
    const after = () => {
      throw new Error('a crash')
    }
    const all = [server, other, server, other].map((each) => each.rotations({ after }))
    const codes = await Promise.all(all.map((rotations) => codeOf(rotations.start(caller, 'data_keys'))))
    expect(codes.filter((code) => code === 'no problem')).toHaveLength(1)
    expect(codes.filter((code) => code === 'vault.rotation_running')).toHaveLength(3)
    for (const rotations of all) await rotations.idle()
    expect((await server.rotations().newest())?.state).toBe('running')
    expect(await codeOf(other.rotations().start(caller, 'master_key'))).toBe(
      postgresUrl ? 'vault.next_key_missing' : 'vault.rotation_running',
    )
    expect(await codeOf(server.rotations().get('rot_none'))).toBe('vault.rotation_not_found')
  })

  it.each(kinds)('keep everything readable while 8 workers put and get (%s)', async (kind) => {
    const other = await ground.beside(server)
    const all = refs(24)
    const more = await fill(all)
    let working = true
    const written: SecretRef[] = []
    const workers = Array.from({ length: 8 }, async (_, worker) => {
      for (let n = 0; working || n < 5; n++) {
        const { vault } = n % 2 ? server : other
        const ref = { workspaceId: n % 3 ? A : B, ownerId: `worker_${worker}`, field: 'token', version: n }
        await vault.put(ref, Secret.of(textOf(ref)))
        written.push(ref)
        const some = all[(worker * 7 + n) % all.length]!
        expect((await vault.get(some)).reveal()).toBe(textOf(some))
        expect((await vault.get(ref)).reveal()).toBe(textOf(ref))
        // SQLite answers without waiting: let the others have their turn.
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    for (let round = 0; round < 2; round++) {
      expect(await rotate(kind, round % 2 ? other : server)).toMatchObject({ state: 'done', error: null })
      // Nothing was put with an old key behind the rotation's back: they are all gone.
      expect((await dataKeys()).filter(({ state }) => state === 'retiring')).toEqual([])
    }
    working = false
    await Promise.all(workers)
    const complaints = [...server.lines, ...other.lines].filter((line) => /"level":"error"|old keys may/.test(line))
    expect(complaints).toEqual([])
    for (const from of [server, other]) await expectAll(from, [...all, ...written], more)
    await server.stop()
    if (postgresUrl) await other.stop()
    await expectAll(await ground.start(), [...all, ...written], more)
  })

  it.each(kinds)('are resumed after a crash at any step (%s)', async (kind) => {
    const all = refs(7)
    const more = await fill(all)
    for (let crashAt = 1; ; crashAt++) {
      if (kind === 'master_key') bringNextKey()
      let steps = 0
      const after = () => {
        if (++steps === crashAt) throw new Error('a crash')
      }
      const crashing = server.rotations({ batch: 3, after })
      const { id } = await crashing.start(caller, kind)
      await crashing.idle()
      const crashed = steps >= crashAt
      await server.stop()
      server = await ground.start()
      await expectAll(server, all, more)
      // On PostgreSQL another server waits until it has not heard of the crashed one for a while.
      await server.clock.advance(MINUTE)
      const resuming = server.rotations({ batch: 3 })
      await resuming.resume()
      await resuming.idle()
      expect(await resuming.get(id)).toMatchObject({ state: 'done', error: null })
      expect(await resuming.resume()).toBeUndefined()
      await expectAll(server, all, more)
      if (kind === 'data_keys') expect(await dataKeys()).toHaveLength(3)
      else
        expect(new Set((await dataKeys()).map((key) => key.master_key_id))).toEqual(
          new Set([server.vault.masterKey.id]),
        )
      if (!crashed) break
      expect(crashAt).toBeLessThan(20)
    }
  })

  it('are crashed twice and resumed twice, with progress that never exceeds the whole', async () => {
    const all = refs(9)
    const more = await fill(all)
    const after = () => {
      throw new Error('a crash')
    }
    const crashing = server.rotations({ batch: 2, after })
    const { id } = await crashing.start(caller, 'data_keys')
    await crashing.idle()
    let rounds = 0
    for (; ; rounds++) {
      await server.clock.advance(MINUTE)
      const resuming = server.rotations({ batch: 2, after })
      if (!(await resuming.resume())) break
      await resuming.idle()
      const row = await resuming.get(id)
      expect(row.done).toBeLessThanOrEqual(row.total)
      if (row.state !== 'running') break
    }
    expect(rounds).toBeGreaterThan(3)
    expect(await server.rotations().get(id)).toMatchObject({ state: 'done', done: 11, total: 11 })
    await expectAll(server, all, more)
  })

  it('are not taken from a server that is alive', async () => {
    if (!postgresUrl) return
    await fill(refs(4))
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const first = server.rotations({
      record: async (_db, { event }) => (event.endsWith('finished') ? held : undefined),
    })
    await first.start(caller, 'data_keys')
    const other = await ground.beside(server)
    expect(await other.rotations().resume()).toBeUndefined()
    release()
    await first.idle()
  })

  it('stop after the step at hand when the server stops, and go on at the next start', async () => {
    const all = refs(9)
    const more = await fill(all)
    const rotations = server.rotations({ batch: 1 })
    const { id } = await rotations.start(caller, 'data_keys')
    await rotations.close()
    expect((await rotations.get(id)).state).toBe('running')
    await server.clock.advance(MINUTE)
    const next = server.rotations()
    await next.resume()
    await next.idle()
    expect((await next.get(id)).state).toBe('done')
    await expectAll(server, all, more)
  })

  it('go round a secret that does not open, keep its key, and say so', async () => {
    const all = refs(9)
    const more = await fill(all)
    const [broken, ...rest] = all
    await server.store.sweep((db) =>
      db
        .updateTable('secrets')
        .set({ sealed: randomBytes(60) })
        .where('version', '=', broken!.version)
        .where('owner_id', '=', broken!.ownerId)
        .execute(),
    )
    const row = await rotate('data_keys')
    expect(row).toMatchObject({ state: 'failed' })
    expect(row.error).toContain(`${broken!.ownerId} ${broken!.field} version ${broken!.version}`)
    await expectAll(server, rest, more)
    const keys = await dataKeys()
    expect(keys.filter(({ state }) => state === 'retiring')).toHaveLength(1)
    expect(await codeOf(server.vault.get(broken!))).toBe('vault.corrupt')
    // Once it is gone, the next rotation tidies up.
    await server.vault.delete(broken!)
    expect((await rotate('data_keys')).state).toBe('done')
    expect(await dataKeys()).toHaveLength(3)
  })

  it('keep the old master key while a data key does not open', async () => {
    const all = refs(4).filter(({ workspaceId }) => workspaceId === A)
    const more = await fill(all)
    await server.vault.put({ workspaceId: B, ownerId: 'conn', field: 'token', version: 1 }, Secret.of('x'))
    await server.store.sweep((db) =>
      db
        .updateTable('data_keys')
        .set({ wrapped: randomBytes(90) })
        .where('workspace_id', '=', B)
        .execute(),
    )
    const row = await rotate('master_key')
    expect(row.state).toBe('failed')
    expect(readFileSync(ground.keyFile, 'utf8').trim().split('\n')).toHaveLength(2)
    await expectAll(server, all, more)
    await server.stop()
    await expectAll(await ground.start(), all, more)
  })

  it('want the operator to bring the next key where only the operator changes the keyring', async () => {
    if (!postgresUrl) return
    const all = refs(4)
    const more = await fill(all)
    expect(await codeOf(server.rotations().start(caller, 'master_key'))).toBe('vault.next_key_missing')
    const old = readFileSync(ground.keyFile, 'utf8')
    const next = `${randomBytes(32).toString('base64')}\n`
    writeFileSync(ground.keyFile, `${next}${old}`)
    const other = await ground.beside(server)
    expect((await server.rotations().newest())?.state).toBeUndefined()
    const rotations = server.rotations()
    await rotations.start(caller, 'master_key')
    await rotations.idle()
    expect(await rotations.newest()).toMatchObject({ state: 'done' })
    // The other server has not been told: it finds out, for what is there and for what comes.
    await expectAll(other, all, more)
    await other.store.sweep((db) =>
      db.insertInto('workspaces').values({ id: 'ws_c', name: 'c', created_at: 0 }).execute(),
    )
    await other.vault.put({ workspaceId: 'ws_c', ownerId: 'conn', field: 'token', version: 1 }, Secret.of('x'))
    await other.vault.check()
    expect(other.vault.masterKey.id).toBe(server.vault.masterKey.id)
    for (const key of await dataKeys()) expect(key.master_key_id).toBe(server.vault.masterKey.id)
    // A key that was retired is not gone back to.
    writeFileSync(ground.keyFile, `${old}${next}`)
    expect(await codeOf(rotations.start(caller, 'master_key'))).toBe('vault.next_key_missing')
    writeFileSync(ground.keyFile, next)
    await server.stop()
    await other.stop()
    await expectAll(await ground.start(), all, more)
  })

  it('use a next key that the operator has put first', async () => {
    const all = refs(4)
    const more = await fill(all)
    const next = randomBytes(32).toString('base64')
    writeFileSync(ground.keyFile, `${next}\n${readFileSync(ground.keyFile, 'utf8')}`)
    const rotations = server.rotations()
    await rotations.start(caller, 'master_key')
    await rotations.idle()
    expect(readFileSync(ground.keyFile, 'utf8').split('\n')[0]).toBe(next)
    expect(await rotations.newest()).toMatchObject({ state: 'done' })
    await expectAll(server, all, more)
  })
})
