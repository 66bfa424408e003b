import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/clock.ts'
import { failedHow, wordOf } from '../../../src/connections/refresh/failure.ts'
import { FLIGHT, nextStep } from '../../../src/connections/refresh/intent.ts'
import { isAlive, isNearEnd, nextRenewal, retryAt, type Scheduled } from '../../../src/connections/refresh/schedule.ts'
import { Problem } from '../../../src/errors.ts'

const NOW = Date.UTC(2026, 5, 1)

describe('what a renewal that failed says', () => {
  const unavailable = (error: string) => new Problem('oauth.unavailable', { error })
  const net = (kind: string, sent?: false) =>
    new Problem('net.failed', { host: 'h', why: 'w', kind, ...(sent === undefined ? {} : { sent }) })
  it.each([
    ['a dead grant', new Problem('oauth.grant_dead', { error: 'invalid_grant' }), 'grant_dead'],
    ['a wrong client', new Problem('oauth.client_misconfigured', { error: 'invalid_client' }), 'client_misconfigured'],
    ['an error of the service', unavailable('500'), 'transient'],
    ['a budget that is spent', unavailable('429'), 'transient'],
    ['a page where an answer belongs', unavailable('403'), 'transient'],
    ['a gateway that heard nothing', unavailable('502'), 'lost'],
    ['a gateway that waited too long', unavailable('504'), 'lost'],
    ['a line that broke', unavailable('ECONNRESET'), 'lost'],
    ['no answer', unavailable('no answer'), 'lost'],
    ['a strange answer', new Problem('oauth.unexpected_answer', { error: '418' }), 'unknown'],
    ['tokens that cannot be read', new Problem('oauth.unexpected_answer', { error: 'no access token' }), 'lost'],
    ['a name that was not resolved', net('dns'), 'not_sent'],
    ['a connection that was not made', net('connect'), 'not_sent'],
    ['a certificate that was not accepted', net('tls'), 'not_sent'],
    ['a connection that took too long to make', net('timeout', false), 'not_sent'],
    ['a line that broke before it stood', net('reset', false), 'not_sent'],
    ['an answer that took too long', net('timeout'), 'lost'],
    ['an answer that broke off', net('reset'), 'lost'],
    ['an answer that is too large', net('too_large'), 'lost'],
    ['an address that is not allowed', new Problem('net.host_refused', { host: 'h', why: 'w' }), 'not_sent'],
    ['a vault that does not answer', new Problem('vault.unavailable'), 'not_sent'],
    ['a fault of ours', new TypeError('x is not a function'), 'lost'],
  ])('%s', (_what, error, how) => {
    expect(failedHow(error)).toBe(how)
  })

  it('is kept as a word, never as free text', () => {
    expect(wordOf(unavailable('a sentence: with "signs"\nand lines'))).toMatch(/^[\w.-]{1,60}$/)
    expect(wordOf(new Error('secret'))).toBe('no_answer')
  })
})

describe('an intent whose end nobody wrote down', () => {
  const grant = {
    presenting: 3,
    presented_at: NOW,
    access_expires_at: NOW + HOUR,
    granted_at: NOW - HOUR,
    renewed_at: NOW - MINUTE,
  }
  const at = (now: number, words = {}, hasAccess = true) => nextStep(grant, 3, { words, now, hasAccess })

  it('is none for another version, and none where nothing is being shown', () => {
    expect(nextStep(grant, 4, { words: {}, now: NOW, hasAccess: true })).toEqual({ is: 'go', again: false })
    const none = { ...grant, presenting: null, presented_at: null }
    expect(nextStep(none, 3, { words: {}, now: NOW, hasAccess: true })).toEqual({ is: 'go', again: false })
  })
  it('is waited for as long as its request may be under way', () => {
    for (const words of [{}, { rotates: 'never' as const }, { graceSeconds: 600 }]) {
      expect(at(NOW, words)).toEqual({ is: 'wait', until: NOW + FLIGHT })
      expect(at(NOW + FLIGHT - 1, words)).toEqual({ is: 'wait', until: NOW + FLIGHT })
    }
  })
  it('is tried again where that is harmless: where the token stays the same, and within a grace', () => {
    expect(at(NOW + FLIGHT, { rotates: 'never' })).toEqual({ is: 'go', again: true })
    expect(at(NOW + FLIGHT, { graceSeconds: 600 })).toEqual({ is: 'go', again: true })
  })
  it('waits for the end of the access token where a used token may end everything', () => {
    expect(at(NOW + FLIGHT)).toEqual({ is: 'wait', until: NOW + HOUR })
    expect(at(NOW + 601 * SECOND, { graceSeconds: 600 })).toEqual({ is: 'wait', until: NOW + HOUR })
    expect(at(NOW + HOUR)).toEqual({ is: 'go', again: true })
    expect(at(NOW + FLIGHT, {}, false)).toEqual({ is: 'go', again: true })
  })
  it('is not believed when it was begun long after now: the clock was set back', () => {
    expect(at(NOW - HOUR, {}, false)).toEqual({ is: 'go', again: true })
    expect(at(NOW - SECOND, {}, false)).toEqual({ is: 'wait', until: NOW + FLIGHT })
  })
})

describe('when it is time', () => {
  const scheduled = (more: Partial<Scheduled['grant']> = {}, of: Partial<Scheduled> = {}): Scheduled => ({
    grant: {
      renewal: 'refresh',
      granted_at: NOW,
      renewed_at: null,
      access_expires_at: NOW + HOUR,
      grant_told_at: null,
      not_before: null,
      ...more,
    },
    connection: { connected_at: NOW, last_used_at: null, paused_at: null },
    words: {},
    now: NOW,
    spread: 0,
    ...of,
  })
  const minutes = (of: Scheduled) => {
    const at = nextRenewal(of)
    return at === null ? null : (at - NOW) / MINUTE
  }

  it('is ten minutes before the end at most, or a fifth of a short life', () => {
    expect(minutes(scheduled())).toBe(50)
    expect(minutes(scheduled({ access_expires_at: NOW + 12 * HOUR }))).toBe(12 * 60 - 10)
    expect(minutes(scheduled({ access_expires_at: NOW + MINUTE }))).toBeCloseTo(0.8)
  })
  it('is earlier for some than for others, so that many are not renewed in one breath', () => {
    const times = [0, 0.25, 0.5, 0.99].map((spread) => minutes(scheduled({}, { spread }))!)
    expect(new Set(times).size).toBe(4)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(45)
    expect(Math.max(...times)).toBe(50)
  })
  it('never comes for what is not renewed, and for a token whose life nobody said', () => {
    expect(nextRenewal(scheduled({ renewal: 'none' }))).toBeNull()
    expect(nextRenewal(scheduled({ access_expires_at: null }))).toBeNull()
  })
  it('does not come for what nobody has used for a week, nor for what is paused, unless it would lapse', () => {
    const idle = { connection: { connected_at: NOW - 30 * DAY, last_used_at: NOW - 8 * DAY, paused_at: null } }
    const paused = { connection: { connected_at: NOW, last_used_at: NOW, paused_at: NOW } }
    expect(minutes(scheduled({}, idle))).toBeNull()
    expect(minutes(scheduled({}, paused))).toBeNull()
    const words = { lapses: { idleSeconds: (60 * DAY) / SECOND } }
    expect(minutes(scheduled({}, { ...idle, words }))).toBe((30 * DAY) / MINUTE)
    expect(minutes(scheduled({}, { ...paused, words }))).toBe((30 * DAY) / MINUTE)
  })
  it('comes half way to the end that the service told, and each month at the latest', () => {
    const idle = { connection: { connected_at: 0, last_used_at: null, paused_at: null } }
    expect(minutes(scheduled({ grant_told_at: NOW + 20 * DAY }, idle))).toBe((10 * DAY) / MINUTE)
    expect(minutes(scheduled({ grant_told_at: NOW + 400 * DAY }, idle))).toBe((30 * DAY) / MINUTE)
  })
  it('does not come again and again for an end that was outlived, or that does not move', () => {
    const idle = { connection: { connected_at: 0, last_used_at: null, paused_at: null } }
    expect(nextRenewal(scheduled({ grant_told_at: NOW - DAY }, idle))).toBeNull()
    expect(minutes(scheduled({ grant_told_at: NOW + SECOND }, idle))).toBe(0.5)
  })
  it('is half a life before the end of what renews itself, used or not, and not before the service allows it', () => {
    const connection = { connected_at: 0, last_used_at: null, paused_at: NOW }
    const own = { renewal: 'access_token' as const, access_expires_at: NOW + 60 * DAY }
    expect(minutes(scheduled(own, { connection }))).toBe((30 * DAY) / MINUTE)
    expect(minutes(scheduled({ ...own, access_expires_at: NOW + DAY, not_before: NOW + DAY }))).toBe(DAY / MINUTE)
  })

  it('takes a token for alive until a call begun with it would arrive too late', () => {
    const grant = (life: number | null) => ({
      access_expires_at: life === null ? null : NOW + life,
      granted_at: NOW,
      renewed_at: null,
    })
    expect(isAlive(grant(HOUR), NOW + HOUR - 11 * SECOND)).toBe(true)
    expect(isAlive(grant(HOUR), NOW + HOUR - 10 * SECOND)).toBe(false)
    expect(isAlive(grant(MINUTE), NOW + 53_900)).toBe(true)
    expect(isAlive(grant(MINUTE), NOW + 54 * SECOND)).toBe(false)
    // Servers count whole seconds.
    expect(isAlive(grant(5 * SECOND), NOW + 3400)).toBe(true)
    expect(isAlive(grant(5 * SECOND), NOW + 3500)).toBe(false)
    // However short its life is, it serves for half of it.
    expect(isAlive(grant(SECOND), NOW + 400)).toBe(true)
    expect(isAlive(grant(SECOND), NOW + 500)).toBe(false)
    expect(isAlive(grant(null), NOW + 400 * DAY)).toBe(true)
  })
  it('has whoever uses it near its end renew it, but not before the service allows it', () => {
    const { grant } = scheduled()
    expect(isNearEnd(grant, NOW + 49 * MINUTE, 0)).toBe(false)
    expect(isNearEnd(grant, NOW + 50 * MINUTE, 0)).toBe(true)
    expect(isNearEnd({ ...grant, not_before: NOW + DAY }, NOW + 50 * MINUTE, 0)).toBe(false)
  })

  it('tries again in seconds at first, each quarter of an hour at last, and when the service says', () => {
    const after = (failures: number, more = {}) =>
      (retryAt(failures, { now: NOW, spread: 0.5, ...more }) - NOW) / SECOND
    expect([1, 2, 3, 4].map((failures) => after(failures))).toEqual([2, 4, 8, 16])
    expect(after(12)).toBe(900)
    expect(after(1e9)).toBe(900)
    expect(after(1, { comeBackAt: NOW + HOUR })).toBe(3600)
    expect(after(12, { comeBackAt: NOW + SECOND })).toBe(900)
    expect([1, 2, 20].map((failures) => after(failures, { byPeople: true }))).toEqual([60, 120, 3600])
  })
})
