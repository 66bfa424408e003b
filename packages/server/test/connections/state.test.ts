import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/clock.ts'
import { reasons } from '../../src/connections/reasons.ts'
import {
  type Facts,
  labelOf,
  learnedFrom,
  nextCheckAt,
  type Outcome,
  stateOf,
  transitionOf,
} from '../../src/connections/state.ts'

const NOW = Date.UTC(2026, 0, 1)
const fresh: Facts = {
  credential_version: 1,
  verdict: 'unknown',
  trouble: null,
  trouble_since: null,
  attempts: 0,
  expires_at: null,
  paused_at: null,
  paused_by: null,
  ended_by: null,
  deleted_at: null,
  last_success_at: null,
}
const green: Facts = { ...fresh, verdict: 'accepted' }
const dead: Facts = { ...fresh, verdict: 'rejected' }

const state = (facts: Facts) => {
  const { status, health, reason } = stateOf(facts, NOW)
  return [status, health, reason]
}
const after = (facts: Facts, outcome: Omit<Outcome, 'from'> & { from?: Outcome['from'] }, hasCheck = true): Facts => ({
  ...facts,
  ...learnedFrom(facts, { from: 'check', ...outcome }, NOW, hasCheck).change,
})

describe('what facts mean', () => {
  it.each<[string, Partial<Facts>, unknown[]]>([
    ['nothing stored yet', { credential_version: 0 }, ['pending', 'untested', 'not_finished']],
    ['stored and not tried', {}, ['active', 'untested', 'not_tested']],
    ['accepted', { verdict: 'accepted' }, ['active', 'ok', null]],
    ['genuine, but not for the test', { verdict: 'restricted' }, ['active', 'ok', 'restricted']],
    ['a service that says yes to anybody', { verdict: 'weak' }, ['active', 'untested', 'accepted_unverified']],
    ['rejected', { verdict: 'rejected' }, ['error', 'rejected', 'credential_rejected']],
    ['its grant ended', { verdict: 'ended' }, ['error', 'needs_reauth', 'grant_ended']],
    ['paused', { verdict: 'accepted', paused_at: 1 }, ['paused', 'ok', 'paused']],
    ['paused and rejected', { verdict: 'rejected', paused_at: 1 }, ['paused', 'rejected', 'credential_rejected']],
    ['deleted', { verdict: 'accepted', paused_at: 1, deleted_at: 1 }, ['revoked', 'untested', 'deleted']],
    ['good for a year', { verdict: 'accepted', expires_at: NOW + 365 * DAY }, ['active', 'ok', null]],
    ['good for a week', { verdict: 'accepted', expires_at: NOW + 7 * DAY }, ['active', 'expiring', 'expires_soon']],
    ['at its end', { verdict: 'accepted', expires_at: NOW }, ['error', 'expired', 'expired']],
    [
      'accepted, and the service down',
      { verdict: 'accepted', trouble: 'service_down' },
      ['active', 'unreachable', 'service_down'],
    ],
    [
      'rejected, and then the service down',
      { verdict: 'rejected', trouble: 'service_down' },
      ['error', 'rejected', 'credential_rejected'],
    ],
    [
      'accepted, and now too many calls',
      { verdict: 'accepted', trouble: 'rate_limited' },
      ['active', 'ok', 'rate_limited'],
    ],
    ['without a test', { trouble: 'cannot_be_tested' }, ['active', 'untested', 'cannot_be_tested']],
    ['a trouble of an older program', { verdict: 'accepted', trouble: 'gremlins' }, ['active', 'ok', null]],
  ])('%s', (_what, facts, expected) => {
    expect(state({ ...fresh, ...facts })).toEqual(expected)
  })

  it('is never active while it is known to be dead, and never dead because something did not answer', () => {
    const troubles = Object.keys(reasons).filter((code) => reasons[code as keyof typeof reasons].kind !== 'state')
    for (const trouble of troubles) {
      for (const verdict of ['unknown', 'weak', 'accepted', 'restricted', 'rejected', 'ended'] as const) {
        const { status } = stateOf({ ...fresh, verdict, trouble }, NOW)
        expect(status, `${verdict} and ${trouble}`).toBe(
          verdict === 'rejected' || verdict === 'ended' ? 'error' : 'active',
        )
      }
    }
  })

  it('has a sentence and a next step for every reason, and a label for every state', () => {
    for (const [code, { sentence, todo }] of Object.entries(reasons)) {
      expect(sentence, code).toMatch(/^[A-Z].*\.$/)
      expect(todo, code).toMatch(/^[A-Z].*\.$/)
    }
    const labels = [
      green,
      dead,
      { ...green, paused_at: 1 },
      { ...green, deleted_at: 1 },
      { ...fresh, verdict: 'ended' as const },
    ]
    expect(labels.map((facts) => labelOf(stateOf(facts, NOW)))).toEqual([
      'Active',
      'Credential rejected',
      'Paused',
      'Revoked',
      'Needs re-auth',
    ])
  })
})

describe('the guide to troubleshooting', () => {
  it('has every reason in the words that people are shown', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../../../docs/guide/troubleshooting.md'), 'utf8')
    const missing = Object.entries(reasons).filter(
      ([code, { sentence, todo }]) => !guide.includes(`| \`${code}\` | ${sentence} | ${todo} |`),
    )
    expect(missing).toEqual([])
  })
})

describe('what is learned', () => {
  it('comes back to green by an accepted or restricted check alone', () => {
    for (const is of ['accepted', 'restricted'] as const) expect(state(after(dead, { is }))[0]).toBe('active')
    expect(state(after(dead, { is: 'trouble', trouble: 'timed_out' }))).toEqual([
      'error',
      'rejected',
      'credential_rejected',
    ])
    expect(state(after(after(green, { is: 'trouble', trouble: 'timed_out' }), { is: 'accepted' }))).toEqual([
      'active',
      'ok',
      null,
    ])
  })

  it('of a call that somebody made does not end a connection: it leads to a check', () => {
    for (const is of ['rejected', 'ended'] as const) {
      const learned = learnedFrom(green, { from: 'call', is }, NOW, true)
      expect(learned).toEqual({ change: {}, suspicious: true })
    }
    expect(learnedFrom(green, { from: 'call', is: 'trouble', trouble: 'service_down' }, NOW, true)).toEqual({
      change: {},
      suspicious: false,
    })
    expect(learnedFrom(green, { from: 'call', is: 'trouble', trouble: 'timed_out' }, NOW, true).suspicious).toBe(true)
    expect(learnedFrom(green, { from: 'call', is: 'restricted' }, NOW, true)).toEqual({ change: {}, suspicious: false })
  })

  it('of a call is believed where there is nothing else to ask', () => {
    expect(state(after({ ...fresh, trouble: 'cannot_be_tested' }, { from: 'call', is: 'accepted' }, false))).toEqual([
      'active',
      'ok',
      null,
    ])
    expect(state(after(green, { from: 'call', is: 'rejected' }, false))[0]).toBe('error')
  })

  it('shows that a service is back as soon as any call has an answer', () => {
    const down = after(green, { is: 'trouble', trouble: 'connection_reset' })
    expect(state(after(down, { from: 'call', is: 'accepted' }))).toEqual(['active', 'ok', null])
  })

  it('is told once: when it breaks, and when it works again', () => {
    expect(transitionOf('active', 'error')).toBe('needs_reauth')
    expect(transitionOf('error', 'error')).toBeUndefined()
    expect(transitionOf('error', 'active')).toBe('recovered')
    expect(transitionOf('active', 'active')).toBeUndefined()
    expect(transitionOf('paused', 'active')).toBeUndefined()
  })
})

describe('when it is looked at again', () => {
  const inTrouble = (attempts: number): Facts => ({ ...green, trouble: 'service_down', trouble_since: NOW, attempts })
  const next = (facts: Facts, comeBackAt?: number) => nextCheckAt(facts, NOW, 0.5, comeBackAt)

  it('is once a day when all is well, sooner and then rarer when the service is down', () => {
    expect(next(green)).toBe(NOW + DAY)
    expect([1, 2, 3, 20].map((attempts) => next(inTrouble(attempts))! - NOW)).toEqual([
      5 * MINUTE,
      10 * MINUTE,
      20 * MINUTE,
      6 * HOUR,
    ])
  })

  it('is not before the service wants to be asked', () => {
    expect(next({ ...inTrouble(1), trouble: 'rate_limited' }, NOW + HOUR)).toBe(NOW + HOUR)
  })

  it('is never for what is paused, deleted, unfinished or cannot be tested', () => {
    for (const facts of [
      { ...green, paused_at: 1 },
      { ...green, deleted_at: 1 },
      { ...green, credential_version: 0 },
      { ...fresh, trouble: 'cannot_be_tested' },
    ]) {
      expect(next(facts)).toBeNull()
    }
  })

  it('is when it expires, whatever else', () => {
    expect(next({ ...green, expires_at: NOW + HOUR })).toBe(NOW + HOUR)
    expect(next({ ...fresh, trouble: 'cannot_be_tested', expires_at: NOW + 30 * DAY })).toBe(NOW + 16 * DAY)
  })
})
