import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR, SECOND } from '../../../src/clock.ts'
import { spreadOf } from '../../../src/connections/state.ts'
import { databaseName } from '../../database.ts'
import { faultsIn, type Ground, refreshGround } from './ground.ts'

/** Time is a parameter: a year passes from one instant at which something is due to the next, with nothing in between. */
let here: Ground
beforeAll(async () => {
  here = await refreshGround()
})
afterAll(() => here?.app.close())

/** Goes from instant to instant, as the rows say. Answers when it was renewed. */
async function aYearOf(id: string): Promise<{ renewedAt: number[]; milliseconds: number }> {
  const until = here.clock.now() + 365 * DAY
  const renewedAt: number[] = []
  const began = process.cpuUsage()
  let { renewals } = await here.grant(id)
  for (;;) {
    const grant = await here.grant(id)
    if (grant.renewals > renewals) renewedAt.push(grant.renewed_at!)
    renewals = grant.renewals
    const next = Math.min(grant.due_at ?? until, grant.tidy_at ?? until)
    if (next >= until) break
    await here.clock.advance(Math.max(0, next - here.clock.now()))
    await here.round()
  }
  const { user, system } = process.cpuUsage(began)
  const milliseconds = (user + system) / 1000
  await here.clock.advance(until - here.clock.now())
  return { renewedAt, milliseconds }
}

describe(`a year of a connection, on ${databaseName}`, () => {
  it('that lapses when idle: ahead of its end for a week, then each month, to the minute, in under a second', async () => {
    const life = 12 * HOUR
    const { id, simulator } = await here.brought('airtable', 'oauth', { levers: { lifeSeconds: life / SECOND } })
    const spread = spreadOf(id)
    const { renewed_at: first } = await here.grant(id)
    const { renewedAt, milliseconds } = await aYearOf(id)
    const ahead = life - 10 * 60 * SECOND * (1 + spread / 2)
    const monthly = Math.min(30 * DAY, 30 * DAY * (1 - spread / 5))
    let since = first!
    for (const at of renewedAt) {
      const inUse = since + ahead - first! < 7 * DAY
      expect(at - since).toBe(Math.floor(inUse ? ahead : monthly))
      since = at
    }
    expect(renewedAt.length).toBeGreaterThan(14 + 10)
    expect(faultsIn(simulator)).toEqual([])
    expect(await here.held(id)).toEqual([expect.stringMatching(/^credential /)])
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok' })
    console.log(`${renewedAt.length} renewals, a year, ${milliseconds.toFixed(0)} ms`)
    // Of this process: what else the machine does is not counted.
    expect(milliseconds).toBeLessThan(1000)
  })

  it('that renews itself: half way to each end', async () => {
    const { id, simulator } = await here.brought('facebook')
    const spread = spreadOf(id)
    const { renewed_at: first } = await here.grant(id)
    const { renewedAt } = await aYearOf(id)
    let since = first!
    for (const at of renewedAt) {
      expect(at - since).toBe(Math.floor(60 * DAY - 30 * DAY * (1 + spread / 2)))
      since = at
    }
    expect(renewedAt.length).toBeGreaterThanOrEqual(12)
    expect(faultsIn(simulator)).toEqual([])
  })

  it('that ends whatever is done: at the very instant', async () => {
    const { id } = await here.brought('linkedin')
    const { granted_at: from } = await here.grant(id)
    await aYearOf(id)
    await here.clock.advance(from + 365 * DAY - SECOND - here.clock.now())
    expect(await here.client.connections.get(id)).toMatchObject({ status: 'active', health: 'expiring' })
    await here.clock.advance(SECOND)
    await expect(here.usable(id)).rejects.toMatchObject({ code: 'connection.not_usable' })
  })

  it('that nobody uses and that never lapses: nothing is done at all after a week', async () => {
    const { id } = await here.brought('linear')
    const { renewed_at: first } = await here.grant(id)
    const { renewedAt } = await aYearOf(id)
    expect(renewedAt.at(-1)! - first!).toBeLessThan(7 * DAY + HOUR)
    expect(await here.row(id)).toMatchObject({ status: 'active', health: 'ok' })
  })
})
