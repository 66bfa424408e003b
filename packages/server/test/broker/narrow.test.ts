import type { CardeaProblem, NarrowBrokerToken } from '@cardea/sdk'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { createTestClock } from '../clock.ts'
import { databaseName } from '../database.ts'
import { type BrokerHouse, brokerHouse, codeOf, HOST, prover } from './house.ts'

const clock = createTestClock()
let here: BrokerHouse
let connections: string[]
beforeAll(async () => {
  here = await brokerHouse({ clock })
  connections = [await here.connect({ name: 'one' }), await here.connect({ name: 'two' })]
})
afterAll(() => here?.app.close())

const narrow = async (token: Secret, more: Omit<NarrowBrokerToken, 'token'> = {}) => {
  const made = await here.app.stranger.brokerTokens.narrow({ token: token.reveal(), ...more })
  return { ...made, token: Secret.of(made.token) }
}

describe(`narrowing, on ${databaseName}`, () => {
  it('makes a token for less, by whoever holds one and has nothing else', async () => {
    const parent = await here.mint({ connections, methods: ['GET', 'POST'], run: 'r', lifeSeconds: 600 })
    const child = await narrow(parent.token, {
      connections: [connections[0]!],
      methods: ['GET'],
      paths: ['/repos/**'],
      lifeSeconds: 30,
      toolCall: 'sub',
    })
    expect(child).toMatchObject({ narrowedFrom: parent.id, run: 'r', toolCall: 'sub' })
    expect(Date.parse(child.expiresAt)).toBe(clock.now() + 30_000)
    const at = (connection: string, more: object) => codeOf(here.call(child.token, connection, more))
    expect(await at(connections[0]!, { path: '/repos/a' })).toBe('allowed')
    expect(await at(connections[0]!, { path: '/repos/a', method: 'POST' })).toBe('token.wrong_method')
    expect(await at(connections[0]!, {})).toBe('token.wrong_path')
    expect(await at(connections[1]!, { path: '/repos/a' })).toBe('token.wrong_connection')
  })

  it('lives no longer than the token above, whatever is asked', async () => {
    const parent = await here.mint({ connections, lifeSeconds: 60 })
    const child = await narrow(parent.token, { lifeSeconds: 900 })
    expect(Date.parse(child.expiresAt)).toBe(clock.now() + 60_000)
  })

  it('refuses what is more, by name', async () => {
    const parent = await here.mint({
      connections: [connections[0]!],
      methods: ['GET'],
      paths: ['/repos/*'],
      hosts: [HOST],
      uses: 3,
      bytes: 100,
    })
    const more: Omit<NarrowBrokerToken, 'token'>[] = [
      { connections: [connections[1]!] },
      { connections: ['conn_nowhere'] },
      { methods: ['GET', 'POST'] },
      { paths: ['/repos/**'] },
      { paths: ['/user'] },
      { hosts: ['*.github.com'] },
      { uses: 4 },
      { bytes: 101 },
    ]
    for (const each of more) {
      expect(await codeOf(narrow(parent.token, each)), JSON.stringify(each)).toBe('token.would_widen')
    }
  })

  it('ends with the token above, and with any above that', async () => {
    const parent = await here.mint({ connections })
    const child = await narrow(parent.token)
    const grandchild = await narrow(child.token)
    const sibling = await narrow(parent.token)
    await here.ada.client.brokerTokens.revoke(child.id)
    expect(await codeOf(here.redeem(grandchild.token, connections[0]!))).toBe('token.revoked')
    expect(await codeOf(here.redeem(child.token, connections[0]!))).toBe('token.revoked')
    expect(await codeOf(here.redeem(sibling.token, connections[0]!))).toBe('allowed')
    expect(await codeOf(narrow(child.token))).toBe('token.revoked')
    await here.ada.client.brokerTokens.revoke(parent.id)
    expect(await codeOf(here.redeem(sibling.token, connections[0]!))).toBe('token.revoked')
  })

  it('has an end', async () => {
    let { token } = await here.mint({ connections })
    let depth = 0
    for (;;) {
      const code = await codeOf(narrow(token).then((made) => (token = made.token)))
      if (code === 'token.too_many') break
      expect(code).toBe('allowed')
      depth++
    }
    expect(depth).toBe(8)
  })

  it('keeps the key that a token is bound to, and asks for its proof', async () => {
    const [key, other] = [await prover(), await prover()]
    const parent = await here.mint({ connections, proof: key.thumbprint })
    expect(await codeOf(narrow(parent.token))).toBe('token.proof_missing')
    const url = `${here.app.url}/v1/broker-tokens/narrow`
    const send = async (by: typeof key, body: object = {}) => {
      const dpop = await by.prove({ method: 'POST', url, token: parent.token, at: clock.now() })
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', dpop },
        body: JSON.stringify({ token: parent.token.reveal(), ...body }),
      })
      return (await answer.json()) as CardeaProblem & { bound: boolean }
    }
    expect((await send(other)).code).toBe('token.proof_wrong')
    expect((await send(key, { proof: other.thumbprint })).code).toBe('token.would_widen')
    expect(await send(key)).toMatchObject({ bound: true })
  })

  it('never widens, however often and by whatever it is narrowed', async () => {
    const pattern = fc.constantFrom('/**', '/repos/**', '/repos/*', '/repos/a', '/user', '/*/*', '/repos/a/**')
    const some = <T>(one: fc.Arbitrary<T>) =>
      fc.option(fc.uniqueArray(one, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 1 })
    const asked = fc.record({
      hosts: some(fc.constantFrom(HOST, '*.github.com', 'uploads.github.com')),
      methods: some(fc.constantFrom('GET', 'POST', 'DELETE')),
      paths: some(pattern),
      connections: some(fc.constantFrom(0, 1)),
      uses: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    })
    const input = ({ connections: which, ...rest }: typeof asked extends fc.Arbitrary<infer T> ? T : never) => {
      const all = { ...rest, connections: which?.map((at) => connections[at]!) }
      return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    }
    const calls = connections.flatMap((connection) =>
      [HOST, 'uploads.github.com'].flatMap((host) =>
        ['GET', 'DELETE'].flatMap((method) =>
          ['/user', '/repos', '/repos/a', '/repos/a/b', '/repos/../user'].map((path) => ({
            connection,
            host,
            method,
            path,
          })),
        ),
      ),
    )
    const reach = async (token: Secret) => {
      const codes = await Promise.all(
        calls.map(({ connection, ...call }) => codeOf(here.redeem(token, connection, call))),
      )
      return new Set(codes.flatMap((code, at) => (code === 'allowed' ? [at] : [])))
    }
    let narrowed = 0
    await fc.assert(
      fc.asyncProperty(asked, fc.array(asked, { minLength: 1, maxLength: 3 }), async (first, further) => {
        const { connections: own = connections, ...rest } = input(first)
        let { token } = await here.mint({ connections: own as string[], ...rest })
        let before = await reach(token)
        for (const each of further) {
          const made = await narrow(token, input(each)).catch(() => undefined)
          if (!made) continue
          narrowed++
          const after = await reach(made.token)
          expect([...after].filter((at) => !before.has(at))).toEqual([])
          token = made.token
          before = after
        }
      }),
      { numRuns: 30 },
    )
    expect(narrowed).toBeGreaterThan(10)
  }, 60_000)
})
