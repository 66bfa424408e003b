import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../../app.ts'
import { createTestClock, type TestClock } from '../../clock.ts'
import { databaseName } from '../../database.ts'
import { type World, world } from '../world.ts'
import { at, comeBack, consent, type Ground, ground } from './ground.ts'

/** Each consent leaves a cookie by which its browser is known; servers take no more than some kilobytes of them. */
let here: World
let clock: TestClock
let bob: Browser
let asana: Ground

beforeAll(async () => {
  clock = createTestClock(Date.now())
  here = await world({ clock })
  const ada = await here.app.setUp()
  bob = await here.app.join(ada, 'editor', 'bob@example.com')
  asana = await ground(here, ada.client, 'asana', 'oauth')
})
afterAll(() => here?.app.close())

const FEW = 8
const begin = async () => {
  await clock.advance(10)
  return bob.client.connections.authorize({ ...asana.input, bind: 'browser' })
}
const back = async ({ authorizeUrl }: { authorizeUrl: string | null }) =>
  comeBack(at(here, bob), await consent(asana.simulator, authorizeUrl!))
const held = () =>
  bob
    .cookie()
    .split('; ')
    .map((pair) => pair.split('=')[0]!)
    .filter((name) => name.startsWith('__Host-cardea_flow_'))

describe(`the cookies of a browser that connects a lot, on ${databaseName}`, () => {
  it('stay few over a hundred consents, and those that are on the way are kept before those that are over', async () => {
    const open = [await begin(), await begin(), await begin()]
    for (let round = 0; round < 96; round++) {
      const started = await begin()
      // As a rule they come to an end; in another way than by coming back, here.
      await bob.client.connections.flows.cancel(started.id)
      expect(held().length).toBeLessThanOrEqual(FEW)
    }
    const last = await begin()
    expect(bob.cookie().length).toBeLessThan(2000)
    const names = [...open, last].map(({ id }) => `__Host-cardea_${id}`)
    expect(held()).toEqual(expect.arrayContaining(names))
    for (const started of [...open, last]) expect((await back(started)).text).toContain('is connected')
  })

  it('stay few where nothing ever comes to an end, and the newest counts', async () => {
    for (let round = 0; round < 20; round++) await begin()
    const newest = [await begin(), await begin(), await begin()]
    expect(held()).toHaveLength(FEW)
    for (const started of newest) expect((await back(started)).text).toContain('is connected')
  })

  it('stay few where links of a command line are followed', async () => {
    const browser = at(here, bob)
    for (let round = 0; round < 12; round++) {
      await clock.advance(10)
      const { authorizeUrl } = await bob.client.connections.authorize({ ...asana.input, bind: 'starter' })
      await browser.send(authorizeUrl!, { action: 'go' })
    }
    expect([...browser.cookies.keys()].filter((name) => name.includes('flow_'))).toHaveLength(FEW)
  })
})
