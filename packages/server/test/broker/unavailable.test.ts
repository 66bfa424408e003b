import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../src/clock.ts'
import { isProblem, Problem } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type BrokerHouse, brokerHouse, codeOf } from './house.ts'

const clock = createTestClock()
let here: BrokerHouse
beforeAll(async () => {
  here = await brokerHouse({ clock })
})
afterAll(() => here?.app.close())

/** The service no longer takes the credential, and Cardea has found out. */
async function broken(name: string): Promise<string> {
  const id = await here.connect({ name })
  const { workspaceId } = here.ada
  const outcome = { from: 'call' as const, is: 'ended' as const }
  await here.app.app.connections.observed({ workspaceId, connectionId: id, version: 1, outcome, hasCheck: false })
  return id
}

async function mend(id: string): Promise<void> {
  const { account } = here.stands('github', 'token')
  await here.ada.client.connections.change(id, { credential: { ...account.fields } as Record<string, string> })
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error as Problem,
  )

describe(`a connection that needs its owner, on ${databaseName}`, () => {
  it('refuses at once with the reason and a link', async () => {
    const id = await broken('refusing')
    const { token } = await here.mint({ connections: [id] })
    const problem = await problemOf(here.broker.credential(await here.redeem(token, id)))
    expect(isProblem(problem, 'connection.not_usable')).toBe(true)
    expect(problem.values).toMatchObject({
      id,
      reason: 'grant_ended',
      reauthorizeUrl: `${here.app.url}/connections/${id}?reauthorize=1`,
    })
  })

  it('keeps those waiting who asked for it, until somebody mends it', async () => {
    const id = await broken('waiting')
    const byToken = await here.mint({ connections: [id], onUnavailable: 'wait' })
    const plain = await here.mint({ connections: [id] })
    const waiting = [
      here.broker.credential(await here.redeem(byToken.token, id)),
      here.broker.credential(await here.redeem(plain.token, id, { onUnavailable: 'wait' })),
    ]
    let settled = 0
    for (const each of waiting) each.finally(() => settled++).catch(() => {})
    await clock.advance(6 * SECOND)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(settled).toBe(0)
    await mend(id)
    const done = (async () => {
      for (const held of await Promise.all(waiting)) {
        expect(held.usable.version).toBe(2)
        held.release()
      }
    })()
    // What nobody is told of is found by looking.
    const stop = setInterval(() => void clock.advance(5 * SECOND), 20)
    await done.finally(() => clearInterval(stop))
  })

  it('keeps nobody waiting for more than a minute', async () => {
    const id = await broken('never')
    const { token } = await here.mint({ connections: [id], onUnavailable: 'wait' })
    const waiting = codeOf(here.broker.credential(await here.redeem(token, id)))
    const began = clock.monotonic()
    const stop = setInterval(() => void clock.advance(SECOND), 5)
    expect(await waiting.finally(() => clearInterval(stop))).toBe('connection.not_usable')
    expect(clock.monotonic() - began).toBeLessThan(MINUTE + 10 * SECOND)
  })

  it('ends the wait of a token that is revoked meanwhile, and of a caller who goes away', async () => {
    const id = await broken('ending')
    const { token, id: tokenId } = await here.mint({ connections: [id], onUnavailable: 'wait' })
    const gone = new AbortController()
    const passage = await here.redeem(token, id)
    const left = here.broker.credential(passage, { signal: gone.signal })
    const waiting = codeOf(here.broker.credential(passage))
    await new Promise((resolve) => setTimeout(resolve, 50))
    gone.abort(new Problem('request.cut_short'))
    expect(await codeOf(left)).toBe('request.cut_short')
    await here.ada.client.brokerTokens.revoke(tokenId)
    const stop = setInterval(() => void clock.advance(5 * SECOND), 20)
    expect(await waiting.finally(() => clearInterval(stop))).toBe('token.revoked')
  })

  it('lets no workspace fill the room of those who wait', async () => {
    const id = await broken('crowded')
    const { token } = await here.mint({ connections: [id], onUnavailable: 'wait' })
    const passage = await here.redeem(token, id)
    const gone = new AbortController()
    let refused = 0
    const all = Array.from({ length: 130 }, () =>
      here.broker.credential(passage, { signal: gone.signal }).catch((error: unknown) => {
        if (isProblem(error, 'connection.not_usable')) refused++
      }),
    )
    await expect.poll(() => refused).toBe(30)
    gone.abort()
    await Promise.all(all)
  })
})

describe(`a service that wants to be left alone, on ${databaseName}`, () => {
  it('is, by every call through that connection, until it said', async () => {
    const [id, other] = [await here.connect({ name: 'limited' }), await here.connect({ name: 'free' })]
    const { token } = await here.mint({ connections: [id, other] })
    here.broker.limited(id, clock.now() + 30 * SECOND)
    const problem = await problemOf(here.redeem(token, id))
    expect(problem).toMatchObject({ code: 'token.service_limited', values: { retryAfterSeconds: 30 } })
    expect(await codeOf(here.redeem(token, other))).toBe('allowed')
    const waiting = codeOf(here.redeem(token, id, { onUnavailable: 'wait' }))
    await clock.advance(30 * SECOND)
    expect(await waiting).toBe('allowed')
    expect(await codeOf(here.redeem(token, id))).toBe('allowed')
    here.broker.limited(id, clock.now() + 1000 * 3600 * SECOND)
    expect((await problemOf(here.redeem(token, id))).values.retryAfterSeconds).toBe(3600)
  })
})

describe(`budgets that policies name, on ${databaseName}`, () => {
  const budget = (key: string, limit: number, perSeconds = 60) => ({
    key,
    limit,
    perSeconds,
    policyId: 'pol_1',
    policy: 'Fair shares',
  })

  it('are kept together, and what is left is said of the one that ends first', async () => {
    const id = await here.connect({ name: 'spent' })
    const { token } = await here.mint({ connections: [id] })
    const [few, many] = [budget('few', 3), budget('many', 100, 3600)]
    const left: unknown[] = []
    for (let call = 0; call < 3; call++) {
      const passage = await here.redeem(token, id)
      here.broker.spend(passage, [few, many])
      left.push(passage.rateLimit?.remaining)
    }
    expect(left).toEqual([2, 1, 0])
    const passage = await here.redeem(token, id)
    const problem = await problemOf((async () => here.broker.spend(passage, [many, few]))())
    expect(problem).toMatchObject({
      code: 'token.over_budget',
      values: { limit: 3, perSeconds: 60, policy: 'Fair shares', policyId: 'pol_1', retryAfterSeconds: 20 },
    })
    // Who was refused by one has spent nothing of the other.
    here.broker.spend(passage, [many])
    expect(passage.rateLimit).toMatchObject({ limit: 100, remaining: 96 })
    await clock.advance(20 * SECOND)
    here.broker.spend(passage, [few])
    expect(passage.rateLimit).toEqual({ limit: 3, remaining: 0, resetSeconds: 60, perSeconds: 60 })
    expect(() => here.broker.spend(passage, [budget('none', 0)])).toThrow(Problem)
  })

  it('are asked for with everybody whose call it is', async () => {
    const bob = await here.app.join(here.ada, 'editor')
    const id = await here.connect({ name: 'asked' })
    const [{ id: adaId }, { id: bobId }] = [await here.ada.client.me(), await bob.client.me()]
    const key = await here.app.key(here.ada, 'editor')
    const { token } = await here.mint({ connections: [id], onBehalfOf: bobId }, { ...bob, client: key.client })
    const facts = here.broker.factsOf(await here.redeem(token, id))
    expect(facts).toMatchObject({
      workspaceId: here.ada.workspaceId,
      connectionId: id,
      service: 'github',
      method: 'token',
      owner: { id: adaId, role: 'admin' },
      member: { id: bobId, role: 'editor' },
      minter: { id: key.id, role: 'editor' },
      mintedAt: clock.now(),
    })
    // What a server reads that has not minted it is the same.
    const narrowed = await here.app.stranger.brokerTokens.narrow({ token: token.reveal() })
    const passage = await here.redeem(Secret.of(narrowed.token), id)
    expect(here.broker.factsOf(passage)).toEqual(facts)
  })

  it('let no token live longer than a policy says', async () => {
    const id = await here.connect({ name: 'short' })
    await here.ada.client.policies.create({ name: 'Short', limits: { longestTokenSeconds: 90 } as never })
    const { expiresAt } = await here.ada.client.brokerTokens.create({ connections: [id] })
    expect(Date.parse(expiresAt)).toBe(clock.now() + 90_000)
    expect(await codeOf(here.ada.client.brokerTokens.create({ connections: [id], lifeSeconds: 91 }))).toBe(
      'policy.refused',
    )
  })
})
