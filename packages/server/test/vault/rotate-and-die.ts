import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { system } from '../../src/actor.ts'
import { systemClock } from '../../src/clock.ts'
import { createLogger } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import type { RotationRow } from '../../src/store/schema.ts'
import { openStore } from '../../src/store/store.ts'
import { createRotations, openMasterKey, openVault, type SecretRef } from '../../src/vault/vault.ts'

/**
 * A server that rotates keys and puts secrets until it is killed. Writes to its output the number of each secret once it
 * is acknowledged, and "rotating" when a rotation begins: whoever kills it then looks whether all of those can be read.
 * Usage: node rotate-and-die.ts <folder> <kind> <number of the first secret> [address of PostgreSQL]
 */
export const refOf = (number: number): SecretRef => ({
  workspaceId: `ws_${number % 5}`,
  ownerId: `conn_${number % 40}`,
  field: 'token',
  version: number,
})
export const textOf = (number: number) => `value number ${number}`

export async function startServer(folder: string, url: string | undefined) {
  const clock = systemClock
  const log = createLogger({ level: 'error', format: 'json', clock, write: (line) => writeSync(2, line) })
  const masterKey = await openMasterKey({ dataDir: folder, keychain: 'off' }, log)
  const store = await openStore({
    file: join(folder, 'cardea.db'),
    ...(url ? { url } : {}),
    beforeMigrating: (active) => masterKey.preflight(active),
  })
  for (let number = 0; number < 5; number++) {
    await store.sweep((db) =>
      db
        .insertInto('workspaces')
        .values({ id: `ws_${number}`, name: 'a workspace', created_at: 0 })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    )
  }
  const vault = await openVault({ store, clock, log, masterKey })
  const rotations = createRotations({ store, vault, masterKey, clock, log, record: async () => {}, batch: 4, lease: 1 })
  return {
    store,
    masterKey,
    vault,
    rotations,
    close: async () => {
      await rotations.close()
      vault.close()
      masterKey.close()
      await store.close()
    },
  }
}

/** On PostgreSQL the operator brings the next key and takes away those that are no longer needed. */
function bringNextKey(folder: string): void {
  const path = join(folder, 'master.key')
  const [current] = readFileSync(path, 'utf8').split('\n')
  writeFileSync(`${path}.operator`, `${randomBytes(32).toString('base64')}\n${current}\n`, { mode: 0o600 })
  renameSync(`${path}.operator`, path)
}

if (import.meta.main) {
  const [folder, kind, first, url] = process.argv.slice(2) as [string, RotationRow['kind'], string, string?]
  const { masterKey, vault, rotations } = await startServer(folder, url)
  await rotations.resume()
  await rotations.idle()
  const putAll = async () => {
    for (let number = Number(first); ; number++) {
      await vault.put(refOf(number), Secret.of(textOf(number)))
      writeSync(1, `${number}\n`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const rotateAll = async () => {
    for (;;) {
      // Killed after bringing a key and before rotating to it: then it is there already.
      const [first] = await masterKey.ids('afresh')
      if (url && kind === 'master_key' && first === vault.masterKey.id) bringNextKey(folder)
      await rotations.start({ actor: system, requestId: 'req_1', ip: '' }, kind)
      writeSync(1, 'rotating\n')
      await rotations.idle()
      const { state, error } = (await rotations.newest())!
      if (state !== 'done') throw new Error(`the rotation is ${state}: ${error}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all([putAll(), rotateAll()])
}
