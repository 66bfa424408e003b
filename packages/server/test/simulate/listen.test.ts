/** The simulator as a server on loopback: several hosts on one port. */
import { type Service, services } from '@cardea/catalog'
import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type Listening, Unreachable } from '../../src/simulate/simulate.ts'
import { createTestClock } from '../clock.ts'

const known: Readonly<Record<string, Service>> = services
const start = (id: string, method: string) => ({
  simulator: createSimulator(id, known[id]!, method, { clock: createTestClock() }),
})

describe('on a port', () => {
  let listening: Listening | undefined
  afterEach(async () => {
    await listening?.close()
    listening = undefined
  })

  it('is several hosts at once, told apart by their names', async () => {
    const { simulator } = start('slack', 'token')
    listening = await simulator.listen()
    const headers = { authorization: `Bearer ${simulator.account.fields.token}` }
    const check = { method: 'POST', url: 'https://slack.com/api/auth.test', headers }
    expect(JSON.parse((await listening.send(check)).body).ok).toBe(true)
    expect((await listening.send({ ...check, method: 'GET', url: 'https://files.slack.com/files/1' })).status).toBe(200)
    await expect(listening.send({ ...check, url: 'https://evil.example.com/' })).rejects.toThrow(Unreachable)
  })

  it('is reached by path where the name cannot be chosen', async () => {
    const { simulator } = start('slack', 'token')
    listening = await simulator.listen()
    const address = listening.local('https://slack.com/api/auth.test')
    expect(new URL(address).origin).toBe(listening.origin)
    const answer = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${simulator.account.fields.token}` },
    })
    expect(((await answer.json()) as { ok: boolean }).ok).toBe(true)
  })

  it('breaks the connection when it is told to, after the work was done or before', async () => {
    const { simulator } = start('slack', 'token')
    listening = await simulator.listen()
    const check = {
      method: 'POST',
      url: 'https://slack.com/api/auth.test',
      headers: { authorization: `Bearer ${simulator.account.fields.token}` },
    }
    simulator.goDown('reset', 1)
    await expect(listening.send(check)).rejects.toThrow()
    simulator.goDown('drop', 1)
    await expect(listening.send(check)).rejects.toThrow()
    expect(simulator.calls.map(({ status }) => status)).toEqual([undefined, 200])
    expect((await listening.send(check)).status).toBe(200)
  })
})
