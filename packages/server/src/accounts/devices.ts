import { randomInt } from 'node:crypto'
import type { Caller } from '../actor.ts'
import { type Clock, DAY, SECOND } from '../clock.ts'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { Secret } from '../secret.ts'
import { createCliLogin } from '../store/cli-logins.ts'
import {
  createDeviceLogin,
  decideDeviceLogin,
  deleteDeviceLogin,
  findDeviceLogin,
  lockDeviceLogin,
  notePoll,
} from '../store/device-logins.ts'
import { DEPLOYMENT, type DeviceLoginRow } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import type { Attempts } from './attempts.ts'
import { type AuditPort, asPerson } from './audit-port.ts'
import { invalid, readClient } from './entered.ts'
import { personOf } from './grants.ts'
import { isBrowserSession } from './people.ts'
import { tokenHash, userCodeHash } from './presented.ts'

export interface StartedDevice {
  deviceCode: Secret
  /** XXXX-XXXX, to be shown to the person. */
  userCode: Secret
  verificationUri: string
  expiresInSeconds: number
  intervalSeconds: number
}

export type DevicePoll =
  | { state: 'pending' | 'slow_down'; intervalSeconds: number }
  | { state: 'denied' | 'expired' }
  | { state: 'token'; token: Secret; expiresAt: number }

export interface DeviceRequest {
  client: string
  createdAt: number
  expiresAt: number
}

/** Signing a command line in from a browser (RFC 8628). What it gets is a login of its own, which ends on its own. */
export interface Devices {
  start(caller: Caller, input: { client: string }): Promise<StartedDevice>
  /** Never throws for an unknown code: that is `expired`. */
  poll(caller: Caller, deviceCode: Secret): Promise<DevicePoll>
  inspect(caller: Caller, userCode: Secret): Promise<DeviceRequest>
  approve(caller: Caller, userCode: Secret): Promise<void>
  deny(caller: Caller, userCode: Secret): Promise<void>
}

export interface DevicesDeps {
  store: Store
  clock: Clock
  audit: AuditPort
  attempts: Attempts
  sessionKey: () => Promise<Secret>
  publicUrl: () => string
}

/** How long a command line stays signed in without being used. */
export const CLI_LOGIN_LIFETIME = 90 * DAY
const LIFETIME_SECONDS = 600
const INTERVAL_SECONDS = 5
// RFC 8628, 6.1: consonants that are hard to mistake and spell no word. 20^8 codes, and few guesses.
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'

export function createDevices({ store, clock, audit, attempts, sessionKey, publicUrl }: DevicesDeps): Devices {
  /** Looks at a code for a person in a browser; guesses are limited. */
  const withCode = async <T>(
    caller: Caller,
    userCode: Secret,
    find: (db: Db, hash: string, userId: string) => Promise<T | undefined>,
    record?: (db: Db, found: T) => Promise<void>,
  ): Promise<T> => {
    const { userId, loginId } = personOf(caller)
    // A stolen command-line login could otherwise renew itself for ever, and outlive its own end.
    if (!isBrowserSession(loginId)) throw new Problem('auth.forbidden', { permission: 'browser session' })
    const attempt = await attempts.claim('device-code', { subject: userId, ip: caller.ip })
    const hash = userCodeHash(await sessionKey(), userCode)
    const found = await store.within({}, async (db) => {
      const result = await find(db, hash, userId)
      if (result === undefined) return undefined
      await attempt.succeeded(db)
      await record?.(db, result)
      return result
    })
    if (found === undefined) throw new Problem('device.not_found')
    return found
  }

  const decide = (caller: Caller, userCode: Secret, state: 'approved' | 'denied') =>
    withCode(
      caller,
      userCode,
      (db, hash, userId) => decideDeviceLogin(db, hash, { state, userId, now: clock.now() }),
      (db, { id, client }) =>
        audit.record(db, {
          event: `login.${state}`,
          workspaceId: DEPLOYMENT,
          caller,
          subject: id,
          detail: { client },
        }),
    )

  const handOver = async (db: Db, caller: Caller, row: DeviceLoginRow & { user_id: string }): Promise<DevicePoll> => {
    const { token, hash } = mintToken('cli')
    const now = clock.now()
    const id = newId('cli')
    const expiresAt = now + CLI_LOGIN_LIFETIME
    await deleteDeviceLogin(db, row.id)
    await createCliLogin(db, {
      id,
      user_id: row.user_id,
      client: row.client,
      token_hash: hash,
      created_at: now,
      expires_at: expiresAt,
      last_used_at: now,
    })
    await audit.record(db, {
      event: 'session.started',
      workspaceId: DEPLOYMENT,
      caller: asPerson(caller, row.user_id, id),
      subject: id,
      detail: { kind: 'cli', client: row.client },
    })
    return { state: 'token', token, expiresAt }
  }

  return {
    start: async (caller, input) => {
      const client = readClient(input.client, 100)
      if (client === '') throw invalid('client', 'must say which program asks')
      // Each start files a row for somebody unknown.
      await attempts.claim('device-start', { ip: caller.ip })
      const device = mintToken('device')
      const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
      const userCode = Secret.of(`${letters.slice(0, 4)}-${letters.slice(4)}`)
      const now = clock.now()
      const row: DeviceLoginRow = {
        id: newId('dev'),
        device_hash: device.hash,
        user_code_hash: userCodeHash(await sessionKey(), userCode),
        client,
        state: 'pending',
        user_id: null,
        created_at: now,
        expires_at: now + LIFETIME_SECONDS * SECOND,
        polled_at: 0,
        interval_seconds: INTERVAL_SECONDS,
      }
      const created = await store.within({}, (db) => createDeviceLogin(db, row))
      if (!created) throw new Error('of 25 billion user codes one came up that is in use')
      return {
        deviceCode: device.token,
        userCode,
        verificationUri: `${publicUrl()}/device`,
        expiresInSeconds: LIFETIME_SECONDS,
        intervalSeconds: INTERVAL_SECONDS,
      }
    },

    poll: async (caller, deviceCode) => {
      const deviceHash = tokenHash('device', deviceCode)
      if (!deviceHash) return { state: 'expired' }
      return store.within({}, async (db) => {
        const now = clock.now()
        const row = await lockDeviceLogin(db, deviceHash, now)
        if (!row) return { state: 'expired' }
        if (row.state === 'denied') return { state: 'denied' }
        const { user_id } = row
        if (row.state === 'approved' && user_id !== null) return handOver(db, caller, { ...row, user_id })
        const tooSoon = now - row.polled_at < row.interval_seconds * SECOND
        const intervalSeconds = row.interval_seconds + (tooSoon ? INTERVAL_SECONDS : 0)
        await notePoll(db, row.id, now, intervalSeconds)
        return { state: tooSoon ? 'slow_down' : 'pending', intervalSeconds }
      })
    },

    inspect: async (caller, userCode) => {
      const row = await withCode(caller, userCode, (db, hash) => findDeviceLogin(db, hash, clock.now()))
      return { client: row.client, createdAt: row.created_at, expiresAt: row.expires_at }
    },
    approve: async (caller, userCode) => {
      await decide(caller, userCode, 'approved')
    },
    deny: async (caller, userCode) => {
      await decide(caller, userCode, 'denied')
    },
  }
}
