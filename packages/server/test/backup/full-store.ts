import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { createAudit } from '../../src/audit/audit.ts'
import { open, seal } from '../../src/crypto/seal.ts'
import { createLogger } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { backup } from '../../src/store/backup.ts'
import type { UnwrapKey, WrapKey } from '../../src/store/backup-format.ts'
import { restore } from '../../src/store/restore.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { createTestClock } from '../clock.ts'
import { freshDatabase } from '../database.ts'

export type Kind = 'sqlite' | 'postgres'

export const clock = createTestClock()
const log = createLogger({ level: 'error', format: 'json', clock, write: () => {} })

/** Stands for the vault's master key. */
export function masterKey(id: string): { wrap: WrapKey; unwrap: UnwrapKey } {
  const key = { id, bytes: createHash('sha256').update(id).digest() }
  return {
    wrap: async (purpose, bytes) => ({ masterKeyId: id, wrapped: seal(key, [purpose], bytes) }),
    unwrap: async (purpose, { wrapped }) => open(key, [purpose], wrapped),
  }
}

export interface Target {
  folder: string
  openStore: (upTo?: number) => Promise<Store>
}

export async function emptyTarget(kind: Kind): Promise<Target> {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  return {
    folder: database.folder,
    openStore: (upTo) =>
      openStore({
        file: database.file,
        ...(kind === 'postgres' ? { url: database.url! } : {}),
        ...(upTo === undefined ? {} : { upTo }),
      }),
  }
}

export async function opened(kind: Kind): Promise<Store & { folder: string }> {
  const target = await emptyTarget(kind)
  const store = await target.openStore()
  onTestFinished(() => store.close())
  return { ...store, folder: target.folder }
}

export const auditOf = (store: Store, folder: string) =>
  createAudit({
    store,
    clock,
    log,
    key: Secret.of(Buffer.alloc(32, 5)),
    mode: 'strict',
    anchorFile: join(folder, 'audit-anchor.json'),
  })

/** Rows in every table, of every type, null and not, and a secret that is sealed as the vault seals it. */
export async function fill(store: Store, folder: string, planted: string): Promise<void> {
  const isPostgres = store.dialect === 'postgres'
  const instant = (text: string) => (isPostgres ? new Date(text) : text)
  const flag = (value: boolean) => (isPostgres ? value : Number(value))
  const times = { createdAt: instant('2026-01-01T10:00:00.123Z'), updatedAt: instant('2026-01-02T00:00:00.000Z') }
  const dataKey = { id: 'dk_1', bytes: randomBytes(32) }
  const master = { id: 'mk_1', bytes: createHash('sha256').update('mk_1').digest() }
  await store.sweep(async (db) => {
    await db.insertInto('deployment').values({ name: 'fact', value: 'ünï 🔑 "quoted"\nline' }).execute()
    await db.insertInto('workspaces').values({ id: 'ws_a', name: 'A', created_at: 1 }).execute()
    await db
      .insertInto('auth_users')
      .values([
        { id: 'usr_1', name: 'Ada', email: 'ada@example.com', emailVerified: flag(true), image: null, ...times },
        { id: 'usr_2', name: 'Bob', email: 'bob@example.com', emailVerified: flag(false), image: '', ...times },
      ])
      .execute()
    const token = { expiresAt: instant('2027-01-01T00:00:00.000Z'), ipAddress: null, userAgent: null, ...times }
    await db
      .insertInto('auth_sessions')
      .values({ id: 'ses_1', token: 'hash', userId: 'usr_1', ...token })
      .execute()
    const none = { accessToken: null, refreshToken: null, idToken: null, refreshTokenExpiresAt: null, scope: null }
    const account = { id: 'acc_1', accountId: 'usr_1', providerId: 'credential', userId: 'usr_1', password: 'scrypt' }
    const accessTokenExpiresAt = instant('2026-06-30T23:59:59.999Z')
    await db
      .insertInto('auth_accounts')
      .values({ ...account, ...none, accessTokenExpiresAt, ...times })
      .execute()
    await db
      .insertInto('members')
      .values({ workspace_id: 'ws_a', user_id: 'usr_1', role: 'admin', created_at: 1 })
      .execute()
    await db
      .insertInto('operators')
      .values({ user_id: 'usr_1', created_at: 2 ** 52 })
      .execute()
    const invitation = {
      workspace_id: 'ws_a',
      role: 'viewer',
      invited_by: 'usr_1',
      created_at: 1,
      expires_at: 2,
    } as const
    await db
      .insertInto('invitations')
      .values([
        { id: 'inv_1', email: 'c@example.com', token_hash: 'h1', accepted_at: null, withdrawn_at: null, ...invitation },
        { id: 'inv_2', email: 'd@example.com', token_hash: 'h2', accepted_at: 5, withdrawn_at: null, ...invitation },
      ])
      .execute()
    const key = { workspace_id: 'ws_a', role: 'viewer', permissions: null, created_by: 'usr_1', created_at: 1 } as const
    await db
      .insertInto('api_keys')
      .values([
        {
          id: 'key_1',
          name: 'live',
          token_hash: 'k1',
          hint: 'abcd',
          expires_at: null,
          last_used_at: null,
          revoked_at: null,
          ...key,
        },
        {
          id: 'key_2',
          name: 'gone',
          token_hash: 'k2',
          hint: 'efgh',
          expires_at: null,
          last_used_at: 0,
          revoked_at: 3,
          ...key,
        },
      ])
      .execute()
    const login = {
      id: 'cli_1',
      user_id: 'usr_1',
      client: 'x',
      token_hash: 'c1',
      created_at: 1,
      expires_at: 2,
      last_used_at: 3,
    }
    await db.insertInto('cli_logins').values(login).execute()
    const canary = seal(master, ['canary'], Buffer.from('canary'))
    await db.insertInto('master_keys').values({ id: 'mk_1', state: 'active', canary, created_at: 1 }).execute()
    const wrapped = seal(master, ['data key'], dataKey.bytes)
    await db
      .insertInto('data_keys')
      .values({ id: 'dk_1', workspace_id: 'ws_a', state: 'active', master_key_id: 'mk_1', wrapped, created_at: 1 })
      .execute()
    const secret = { workspace_id: 'ws_a', owner_id: 'conn_1', version: 1, data_key_id: 'dk_1', created_at: 1 }
    await db
      .insertInto('secrets')
      .values([
        { field: 'apiKey', sealed: seal(dataKey, ['x'], Buffer.from(planted)), ...secret },
        { field: 'empty', sealed: new Uint8Array(), ...secret },
      ])
      .execute()
    await db.insertInto('event_heads').values({ workspace_id: 'ws_a', seq: 7 }).execute()
    const event = { id: 'evt_1', workspace_id: 'ws_a', seq: 7, type: 'connection.created', subject: 'conn_1' }
    await db
      .insertInto('events')
      .values({ ...event, audience: 'usr_1', data: '{"name":"ünï"}', at: 5 })
      .execute()
    const nothing = { previous_version: null, previous_until: null, parked_at: null, held_until: null, lease: null }
    await db
      .insertInto('webhooks')
      .values({
        ...nothing,
        ...{
          id: 'wh_1',
          workspace_id: 'ws_a',
          name: 'hook',
          url: 'https://example.com/',
          types: '["connection.created"]',
        },
        ...{ secret_version: 1, failing_since: 6, reason: 'it answered 500', due_at: 9, leased_until: null },
        ...{ created_by: 'usr_1', created_at: 1 },
      })
      .execute()
    const delivery = { webhook_id: 'wh_1', event_id: 'evt_1', workspace_id: 'ws_a' }
    await db
      .insertInto('webhook_deliveries')
      .values({
        ...delivery,
        ...{ type: 'connection.created', state: 'pending', round: 1, attempts: 1, next_at: 9 },
        ...{ created_at: 5, delivered_at: null },
      })
      .execute()
    await db
      .insertInto('webhook_attempts')
      .values({ ...delivery, number: 1, at: 6, status: 500, milliseconds: 12, error: 'it answered 500', answer: 'no' })
      .execute()
  })
  const audit = auditOf(store, folder)
  const caller = { actor: { kind: 'system' }, requestId: 'req_1', ip: '' } as const
  for (let index = 0; index < 130; index++) {
    await audit.use({ event: 'connection.used', workspaceId: 'ws_a', caller, subject: `use ${index}` })
  }
  await audit.close()
}

export function madeWith(store: Store, key = masterKey('mk_1')): Promise<Buffer> {
  return buffer(backup({ store, clock, wrap: key.wrap }))
}

export function putBack(file: Buffer, target: Target, key = masterKey('mk_1')) {
  // In pieces that fall on no boundary of the format.
  const read = () =>
    Readable.from(
      Array.from({ length: Math.ceil(file.length / 1000) }, (_, i) => file.subarray(i * 1000, (i + 1) * 1000)),
    )
  return restore({ read, unwrap: key.unwrap, openStore: target.openStore })
}
