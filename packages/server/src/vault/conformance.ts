import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { isProblem, type ProblemCode } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { SecretRef, VaultDriver } from './driver.ts'

/**
 * What every backend of the vault must do, as cases that a test runner goes through. A backend adds its own test of what
 * only it can do: being unreachable, refusing a login, an altered value.
 */
export interface Ground {
  driver: VaultDriver
  /** Two workspaces that exist and hold nothing. */
  workspaceId: string
  otherWorkspaceId: string
}

export interface ConformanceCase {
  name: string
  run(ground: Ground): Promise<void>
}

const PLANTED = 'planted-secret-value-7Qz'

const values: Record<string, string | Uint8Array> = {
  'a short text': 'xoxb-1',
  'an empty value': '',
  'text beyond ASCII': 'pässwörd 密码 🔑 \u0000 end',
  'every byte': Uint8Array.from({ length: 256 }, (_, byte) => byte),
  'bytes that are no UTF-8': Uint8Array.of(0xff, 0xfe, 0xc0, 0x80),
  '64 KiB': randomBytes(64 * 1024),
  'a PEM with its line ends': '-----BEGIN KEY-----\r\nMIIB\n\n-----END KEY-----\n',
}

export const conformance: readonly ConformanceCase[] = [
  ...Object.entries(values).map(([what, value]) => ({
    name: `gives back ${what} byte for byte`,
    run: async ({ driver, workspaceId }: Ground) => {
      const ref = { workspaceId, ownerId: 'conn_1', field: 'token', version: 1 }
      await driver.put(ref, Secret.of(value))
      await expectValue(driver, ref, value)
    },
  })),
  {
    name: 'keeps owners, fields and versions apart, whatever characters are in their names',
    run: async ({ driver, workspaceId }) => {
      const names = ['a', 'a/b', 'a b', 'A', 'ä', 'a\u0301', '..', '%2e', 'a:b', 'a|b', '0']
      const refs = names.flatMap((ownerId) =>
        ['b', 'b/1', 'B'].flatMap((field) => [1, 2, 11].map((version) => ({ workspaceId, ownerId, field, version }))),
      )
      for (const ref of refs) await driver.put(ref, Secret.of(nameOf(ref)))
      for (const ref of refs) await expectValue(driver, ref, nameOf(ref))
    },
  },
  {
    name: 'takes the same value again, and refuses another for the same version',
    run: async ({ driver, workspaceId }) => {
      const ref = { workspaceId, ownerId: 'conn_1', field: 'token', version: 1 }
      await driver.put(ref, Secret.of('first'))
      await driver.put(ref, Secret.of('first'))
      await expectProblem('vault.version_taken', () => driver.put(ref, Secret.of(PLANTED)))
      await expectValue(driver, ref, 'first')
    },
  },
  {
    name: 'says that what was never put is not there',
    run: async ({ driver, workspaceId }) => {
      const ref = { workspaceId, ownerId: 'conn_1', field: 'token', version: 1 }
      await driver.put(ref, Secret.of('value'))
      for (const other of [{ ownerId: 'conn_2' }, { field: 'tokens' }, { version: 2 }]) {
        await expectProblem('vault.not_found', () => driver.get({ ...ref, ...other }))
      }
    },
  },
  {
    name: 'shows nothing of one workspace to another',
    run: async ({ driver, workspaceId, otherWorkspaceId }) => {
      const ref = { workspaceId, ownerId: 'conn_1', field: 'token', version: 1 }
      const foreign = { ...ref, workspaceId: otherWorkspaceId }
      await driver.put(ref, Secret.of('mine'))
      await expectProblem('vault.not_found', () => driver.get(foreign))
      assert.equal(await driver.delete(foreign), 0)
      assert.equal(await driver.delete({ workspaceId: otherWorkspaceId, ownerId: 'conn_1' }), 0)
      await driver.put(foreign, Secret.of('theirs'))
      await expectValue(driver, ref, 'mine')
      await expectValue(driver, foreign, 'theirs')
    },
  },
  {
    name: 'deletes one version, and does not mind deleting it again',
    run: async ({ driver, workspaceId }) => {
      const ref = { workspaceId, ownerId: 'conn_1', field: 'token', version: 1 }
      await driver.put(ref, Secret.of('one'))
      await driver.put({ ...ref, version: 2 }, Secret.of('two'))
      assert.equal(await driver.delete(ref), 1)
      assert.equal(await driver.delete(ref), 0)
      await expectProblem('vault.not_found', () => driver.get(ref))
      await expectValue(driver, { ...ref, version: 2 }, 'two')
    },
  },
  {
    name: 'deletes all that an owner has and nothing else',
    run: async ({ driver, workspaceId }) => {
      const of = (ownerId: string, field: string, version = 1) => ({ workspaceId, ownerId, field, version })
      const owned = [of('conn_1', 'token'), of('conn_1', 'token', 2), of('conn_1', 'refresh')]
      const others = [of('conn_10', 'token'), of('conn', 'token'), of('conn_1/x', 'token')]
      for (const ref of [...owned, ...others]) await driver.put(ref, Secret.of(nameOf(ref)))
      assert.equal(await driver.delete({ workspaceId, ownerId: 'conn_1' }), 3)
      for (const ref of owned) await expectProblem('vault.not_found', () => driver.get(ref))
      for (const ref of others) await expectValue(driver, ref, nameOf(ref))
      assert.equal(await driver.delete({ workspaceId, ownerId: 'conn_1' }), 0)
    },
  },
  {
    name: 'lets exactly one of many that put at once win',
    run: async ({ driver, workspaceId }) => {
      const ref = { workspaceId, ownerId: 'conn_1', field: 'token', version: 1 }
      const puts = Array.from({ length: 8 }, (_, number) => driver.put(ref, Secret.of(`value ${number}`)))
      const outcomes = await Promise.allSettled(puts)
      const winners = outcomes.flatMap(({ status }, number) => (status === 'fulfilled' ? [number] : []))
      assert.equal(winners.length, 1)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(isProblem(outcome.reason, 'vault.version_taken'), outcome.reason)
      }
      await expectValue(driver, ref, `value ${winners[0]}`)
    },
  },
  {
    name: 'serves many owners at once',
    run: async ({ driver, workspaceId }) => {
      const refs = Array.from({ length: 32 }, (_, n) => ({ workspaceId, ownerId: `conn_${n}`, field: 'f', version: 1 }))
      await Promise.all(refs.map((ref) => driver.put(ref, Secret.of(nameOf(ref)))))
      await Promise.all(refs.map((ref) => expectValue(driver, ref, nameOf(ref))))
    },
  },
  {
    name: 'keeps its own copy of a value that is wiped afterwards',
    run: async ({ driver, workspaceId }) => {
      const ref = { workspaceId, ownerId: 'conn_1', field: 'token', version: 1 }
      const value = Secret.of('to be wiped')
      await driver.put(ref, value)
      value.wipe()
      const first = await driver.get(ref)
      first.wipe()
      await expectValue(driver, ref, 'to be wiped')
    },
  },
  {
    name: 'answers a check',
    run: async ({ driver }) => {
      await driver.check()
    },
  },
]

const nameOf = (ref: SecretRef) => JSON.stringify([ref.ownerId, ref.field, ref.version])

async function expectValue(driver: VaultDriver, ref: SecretRef, value: string | Uint8Array): Promise<void> {
  const found = (await driver.get(ref)).revealBytes()
  assert.ok(found.equals(Secret.of(value).revealBytes()), `another value came back for ${nameOf(ref)}`)
}

async function expectProblem(code: ProblemCode, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: Error) => {
    assert.ok(isProblem(error, code), `expected ${code}, not: ${error.message}`)
    const told = `${error.message} ${error.stack} ${JSON.stringify(error.values)} ${error.next}`
    assert.ok(!told.includes(PLANTED), 'a secret is in the error')
    return true
  })
}
