import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type BrokerHouse, brokerHouse } from './house.ts'

const clock = createTestClock()
let here: BrokerHouse
beforeAll(async () => {
  here = await brokerHouse({ clock })
})
afterAll(() => here?.app.close())

const change = (id: string, what: object) => here.ada.client.connections.change(id, what)
/** By another credential of the same account. */
const replaced = (id: string) => change(id, { credential: { ...here.stands('github', 'token').account.fields } })
async function underWay() {
  const id = await here.connect()
  const { token, id: tokenId } = await here.mint({ connections: [id] })
  const passage = await here.redeem(token, id)
  return { id, tokenId, passage, goesOn: () => here.broker.goesOn(passage) }
}

describe(`a call under way, on ${databaseName}`, () => {
  it('goes on through what changes nothing about it', async () => {
    const { id, passage, goesOn } = await underWay()
    expect(goesOn()).toBe(true)
    await change(id, { name: 'Another name' })
    expect(goesOn()).toBe(true)
    await replaced(id)
    // Nothing new leaves before it is known what has changed.
    expect([here.broker.stands(passage), goesOn()]).toEqual([false, true])
    await expect.poll(() => here.broker.stands(passage)).toBe(true)
    await here.broker.confirm(passage)
  })

  it.each([
    ['a pause', 'connection.paused', ({ id }: { id: string }) => change(id, { status: 'paused' })],
    ['its connection taken back', 'token.connection_changed', ({ id }) => change(id, { visibility: 'private' })],
    ['its connection deleted', 'connection.not_found', ({ id }) => here.ada.client.connections.delete(id)],
    [
      'its token revoked',
      'token.revoked',
      ({ tokenId }: { tokenId: string }) => here.ada.client.brokerTokens.revoke(tokenId),
    ],
  ] as [string, string, (of: { id: string; tokenId: string }) => Promise<unknown>][])(
    'ends with %s',
    async (_, code, stop) => {
      const { goesOn, passage, ...of } = await underWay()
      await stop(of)
      await expect.poll(goesOn).toBe(false)
      await expect(here.broker.confirm(passage)).rejects.toMatchObject({ code })
    },
  )

  it('ends where nobody can be asked', async () => {
    const { id, goesOn } = await underWay()
    await replaced(id)
    expect(goesOn()).toBe(true)
    // Before anybody has answered.
    void clock.advance(1000)
    expect(goesOn()).toBe(false)
  })
})
