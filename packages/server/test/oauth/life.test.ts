import type { AuthorizationCode, Obtain } from '@cardea/catalog'
import { describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { createOauth } from '../../src/oauth/oauth.ts'
import { Secret } from '../../src/secret.ts'
import { createTestClock } from '../clock.ts'
import { authorize, json, partyOf, token } from './party.ts'

const code: AuthorizationCode = { by: 'code', authorize, token }
const device = { by: 'device', device: 'https://example.com/device', token } as Obtain

/** A service that gives a token at once, and whose answer is six seconds on its way. */
function slowly() {
  const clock = createTestClock(Date.UTC(2026, 0, 1))
  const send = async () => {
    await clock.advance(6 * SECOND)
    return json({ access_token: 'a', refresh_token: 'r', expires_in: 60, refresh_token_expires_in: 600 })
  }
  const began = clock.now()
  const left = (at: number | undefined) => (at! - began) / SECOND
  return { oauth: createOauth({ clock, send }), left }
}
const endOf = ({ life }: { life: unknown }) => (life as { expiresAt: number }).expiresAt

describe('the life of a token', () => {
  it('counts from when it was asked for, not from when its answer came: the service has counted since', async () => {
    const { oauth, left } = slowly()
    const renewed = await oauth.refresh(partyOf(code))
    expect([left(endOf(renewed)), left(renewed.refreshExpiresAt)]).toEqual([60, 600])
  })

  it('counts so too for a code that was typed elsewhere', async () => {
    const { oauth, left } = slowly()
    const polled = await oauth.pollDevice(partyOf(device), Secret.of('dc'))
    expect(left(endOf(polled))).toBe(60)
  })
})
