import { describe, expect, it } from 'vitest'
import { DAY, HOUR, SECOND } from '../../src/clock.ts'
import type { Limits, Policy, Standing } from '../../src/policy/policy.ts'
import { dueBefore, dueForPausing, dueForReauthorizing, endOf } from '../../src/policy/policy.ts'

const now = 1_800_000_000_000
const policy = (id: string, limits: Limits, more: Partial<Policy> = {}): Policy => {
  return { id, name: id, enabled: true, applies: {}, limits, ...more }
}
const standing = (id: string, more: Partial<Standing> = {}): Standing => ({
  id,
  service: 'alpha',
  method: 'key',
  owner: 'usr_1',
  role: 'editor',
  connectedAt: now,
  lastUsedAt: null,
  changedAt: now - 100 * DAY,
  ...more,
})
const seconds = (milliseconds: number) => milliseconds / SECOND

describe('what has to be authorized anew', () => {
  const monthly = policy('monthly', { reauthorizeAfterSeconds: seconds(30 * DAY) })
  const weekly = policy('weekly', { reauthorizeAfterSeconds: seconds(7 * DAY) }, { applies: { services: ['beta'] } })

  it('is what was last authorized too long ago, by the strictest policy that binds it, and since when', () => {
    const connections = [
      standing('old', { connectedAt: now - 31 * DAY }),
      standing('on the day', { connectedAt: now - 30 * DAY }),
      standing('young', { connectedAt: now - 30 * DAY + 1 }),
      standing('strict', { connectedAt: now - 8 * DAY, service: 'beta' }),
      standing('never', { connectedAt: null }),
    ]
    const due = dueForReauthorizing([monthly, weekly], connections, now)
    expect(due.map(({ connectionId, policyId, at }) => [connectionId, policyId, at])).toEqual([
      ['old', 'monthly', now - DAY],
      ['on the day', 'monthly', now],
      ['strict', 'weekly', now - DAY],
    ])
    expect(due[0]).toMatchObject({ rule: 'reauthorizeAfterSeconds', sentence: expect.stringContaining('30 days') })
  })

  it('does not depend on use or on a new name', () => {
    const used = standing('used', { connectedAt: now - 40 * DAY, lastUsedAt: now, changedAt: now })
    expect(dueForReauthorizing([monthly], [used], now)).toHaveLength(1)
  })

  it('is nothing where no policy says so, or none that is enabled', () => {
    const old = [standing('old', { connectedAt: 0 })]
    expect(dueForReauthorizing([], old, now)).toEqual([])
    expect(dueForReauthorizing([{ ...monthly, enabled: false }], old, now)).toEqual([])
    expect(dueForReauthorizing([policy('idle', { pauseAfterIdleSeconds: 3600 })], old, now)).toEqual([])
  })

  it('holds for those whose role nobody knows any more', () => {
    const editors = policy('editors', { reauthorizeAfterSeconds: 3600 }, { applies: { roles: ['editor'] } })
    const old = { connectedAt: now - DAY }
    expect(dueForReauthorizing([editors], [standing('left', { ...old, role: null })], now)).toHaveLength(1)
    expect(dueForReauthorizing([editors], [standing('admin', { ...old, role: 'admin' })], now)).toEqual([])
  })

  it('can be told beforehand', () => {
    expect(endOf('reauthorizeAfterSeconds', [monthly, weekly], standing('x', { service: 'beta' }))).toBe(now + 7 * DAY)
    expect(endOf('reauthorizeAfterSeconds', [monthly, weekly], standing('x'))).toBe(now + 30 * DAY)
    expect(endOf('reauthorizeAfterSeconds', [], standing('x'))).toBeUndefined()
    expect(endOf('reauthorizeAfterSeconds', [monthly], standing('x', { connectedAt: null }))).toBeUndefined()
  })
})

describe('what has to be paused', () => {
  const idle = policy('idle', { pauseAfterIdleSeconds: seconds(DAY) })

  it('is what nobody has used, connected or changed for too long', () => {
    const connections = [
      standing('never used', { connectedAt: now - 2 * DAY }),
      standing('used long ago', { connectedAt: now - 9 * DAY, lastUsedAt: now - DAY }),
      standing('used lately', { connectedAt: now - 9 * DAY, lastUsedAt: now - HOUR }),
      standing('resumed lately', { connectedAt: now - 9 * DAY, changedAt: now - HOUR }),
      standing('just connected'),
      standing('never connected', { connectedAt: null }),
    ]
    const due = dueForPausing([idle], connections, now)
    expect(due.map(({ connectionId, at }) => [connectionId, at])).toEqual([
      ['never used', now - DAY],
      ['used long ago', now],
    ])
  })
})

describe('what a sweep need not look at', () => {
  it('is what began after the shortest length of any enabled policy', () => {
    const policies = [
      policy('a', { pauseAfterIdleSeconds: 7200 }),
      policy('b', { pauseAfterIdleSeconds: 3600 }, { enabled: false }),
      policy('c', { reauthorizeAfterSeconds: 3600 }),
    ]
    expect(dueBefore('pauseAfterIdleSeconds', policies, now)).toBe(now - 2 * HOUR)
    expect(dueBefore('reauthorizeAfterSeconds', policies, now)).toBe(now - HOUR)
    expect(dueBefore('reauthorizeAfterSeconds', [], now)).toBeUndefined()
  })
})
