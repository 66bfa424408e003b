import { describe, expect, it } from 'vitest'
import { type Day, isTimeZone, openAt } from '../../src/policy/hours.ts'

const office: { days: Day[]; from: string; to: string } = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '17:00',
}
const isOpen = (timeZone: string, times: { days?: Day[]; from: string; to: string }[], at: string) =>
  openAt({ timeZone, times })(Date.parse(at))

describe('hours', () => {
  it.each([
    ['the first minute', '2026-06-01T07:00:00Z', true],
    ['a millisecond before', '2026-06-01T06:59:59.999Z', false],
    ['the last minute', '2026-06-01T14:59:59.999Z', true],
    ['the minute after', '2026-06-01T15:00:00Z', false],
    ['Saturday', '2026-06-06T10:00:00Z', false],
    ['Friday', '2026-06-05T10:00:00Z', true],
  ])('of an office in Berlin, in summer: %s', (_what, at, expected) => {
    expect(isOpen('Europe/Berlin', [office], at)).toBe(expected)
  })

  it('are those of the wall, in summer and in winter', () => {
    // 08:30 UTC is 10:30 there in July and 09:30 in January; 07:30 UTC is 09:30 and 08:30.
    expect(isOpen('Europe/Berlin', [office], '2026-07-01T07:30:00Z')).toBe(true)
    expect(isOpen('Europe/Berlin', [office], '2026-01-07T07:30:00Z')).toBe(false)
    expect(isOpen('Europe/Berlin', [office], '2026-01-07T08:30:00Z')).toBe(true)
  })

  it('leave out what a clock that is put forward leaves out', () => {
    const night = [{ from: '02:15', to: '03:15' }]
    // Berlin, 29 March 2026: 01:59 is followed by 03:00.
    expect(isOpen('Europe/Berlin', night, '2026-03-29T00:59:00Z')).toBe(false)
    expect(isOpen('Europe/Berlin', night, '2026-03-29T01:00:00Z')).toBe(true)
    expect(isOpen('Europe/Berlin', night, '2026-03-29T01:14:59Z')).toBe(true)
    expect(isOpen('Europe/Berlin', night, '2026-03-29T01:15:00Z')).toBe(false)
    const gone = [{ from: '02:00', to: '03:00' }]
    const open = openAt({ timeZone: 'Europe/Berlin', times: gone })
    const day = Date.parse('2026-03-28T23:00:00Z')
    const minutes = Array.from({ length: 23 * 60 }, (_, minute) => open(day + minute * 60_000))
    expect(minutes).not.toContain(true)
  })

  it('come twice where a clock that is put back shows them twice', () => {
    const night = [{ from: '02:00', to: '03:00' }]
    const open = openAt({ timeZone: 'Europe/Berlin', times: night })
    // Berlin, 25 October 2026, from midnight: a day of 25 hours.
    const day = Date.parse('2026-10-24T22:00:00Z')
    const minutes = Array.from({ length: 25 * 60 }, (_, minute) => open(day + minute * 60_000)).filter(Boolean)
    expect(minutes).toHaveLength(120)
  })

  it('hold for zones that move by half an hour, and that lie by three quarters of one', () => {
    const night = [{ from: '01:30', to: '02:00' }]
    // Lord Howe, 5 April 2026: at 02:00 back to 01:30, so half an hour twice.
    const open = openAt({ timeZone: 'Australia/Lord_Howe', times: night })
    const day = Date.parse('2026-04-04T13:00:00Z')
    const minutes = Array.from({ length: 25 * 60 }, (_, minute) => open(day + minute * 60_000)).filter(Boolean)
    expect(minutes).toHaveLength(60)
    expect(isOpen('Asia/Kathmandu', [{ from: '12:00', to: '12:01' }], '2026-06-01T06:15:30Z')).toBe(true)
  })

  it('go on past midnight, on the account of the day they begin', () => {
    const night: { days: Day[]; from: string; to: string }[] = [{ days: ['fri', 'sun'], from: '22:00', to: '06:00' }]
    const at = (text: string) => isOpen('UTC', night, text)
    expect(at('2026-06-05T21:59:00Z')).toBe(false)
    expect(at('2026-06-05T22:00:00Z')).toBe(true)
    expect(at('2026-06-06T05:59:00Z')).toBe(true)
    expect(at('2026-06-06T06:00:00Z')).toBe(false)
    expect(at('2026-06-06T23:00:00Z')).toBe(false)
    // From Sunday into Monday.
    expect(at('2026-06-07T23:00:00Z')).toBe(true)
    expect(at('2026-06-08T03:00:00Z')).toBe(true)
    expect(at('2026-06-08T23:00:00Z')).toBe(false)
  })

  it('may be whole days, every day, or never', () => {
    const sunday: { days: Day[]; from: string; to: string }[] = [{ days: ['sun'], from: '00:00', to: '24:00' }]
    expect(isOpen('UTC', sunday, '2026-06-07T00:00:00Z')).toBe(true)
    expect(isOpen('UTC', sunday, '2026-06-07T23:59:59Z')).toBe(true)
    expect(isOpen('UTC', sunday, '2026-06-08T00:00:00Z')).toBe(false)
    expect(isOpen('UTC', [{ from: '00:00', to: '24:00' }], '2026-06-09T12:00:00Z')).toBe(true)
    expect(isOpen('UTC', [], '2026-06-09T12:00:00Z')).toBe(false)
  })

  it('are the same however the instants that are asked about jump', () => {
    const open = openAt({ timeZone: 'America/New_York', times: [office] })
    const instants = ['2026-03-06T15:00:00Z', '2026-03-09T13:30:00Z', '2026-03-06T13:30:00Z', '2026-11-02T14:00:00Z']
    expect([...instants, ...instants].map((at) => open(Date.parse(at)))).toEqual([
      true,
      true,
      false,
      true,
      true,
      true,
      false,
      true,
    ])
  })

  it('are never open where the zone is not known', () => {
    expect(isOpen('Mars/Olympus', [{ from: '00:00', to: '24:00' }], '2026-06-09T12:00:00Z')).toBe(false)
    expect(isTimeZone('Europe/Berlin')).toBe(true)
    for (const name of ['Mars/Olympus', '+02:00', '', 'Europe/Berlin ', '../../etc'])
      expect(isTimeZone(name)).toBe(false)
  })
})
