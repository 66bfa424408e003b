import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createClient } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { testApp } from '../app.ts'
import { databaseName, freshDatabase } from '../database.ts'
import { type BrokerHouse, brokerHouse, codeOf, HOST } from './house.ts'

let here: BrokerHouse
let connection: string
beforeAll(async () => {
  here = await brokerHouse()
  connection = await here.connect()
})
afterAll(() => here?.app.close())

const going = { version: 1, host: HOST, method: 'GET', path: '/user' }
const usedBy = async (id: string) => {
  const { items } = await here.ada.client.audit.list({ event: 'connection.used' }).page({ limit: 200 })
  return items.filter(({ detail }) => detail?.token === id)
}

describe(`a use that is limited, on ${databaseName}`, () => {
  it('is claimed exactly as often as it is allowed, by fifty at once, and recorded as often', async () => {
    const { token, id } = await here.mint({ connections: [connection], uses: 17 })
    const free = await here.mint({ connections: [connection] })
    // Redeemed before any is claimed, so that memory refuses none of them.
    const passages = await Promise.all(Array.from({ length: 50 }, () => here.redeem(token, connection)))
    const others = await Promise.all(Array.from({ length: 10 }, () => here.redeem(free.token, connection)))
    const codes = await Promise.all([...passages, ...others].map((passage) => codeOf(here.broker.use(passage, going))))
    expect(codes.slice(0, 50).filter((code) => code === 'allowed')).toHaveLength(17)
    expect(codes.slice(0, 50).filter((code) => code === 'token.used_up')).toHaveLength(33)
    // Those who came in the same batch are not refused with them.
    expect(codes.slice(50)).toEqual(Array(10).fill('allowed'))
    expect(await usedBy(id)).toHaveLength(17)
    expect(await usedBy(free.id)).toHaveLength(10)
    expect(await here.ada.client.brokerTokens.get(id)).toMatchObject({ uses: 17, maxUses: 17 })
    expect(await here.app.app.audit.verify()).toMatchObject({ ok: true })
  })

  it('counts what is sent twice for one call once', async () => {
    const { token } = await here.mint({ connections: [connection], uses: 1 })
    const passage = await here.redeem(token, connection)
    await here.broker.use(passage, going)
    await here.broker.use(passage, going)
    expect(await codeOf(here.redeem(token, connection))).toBe('token.used_up')
  })

  it('counts against every token that it was narrowed from', async () => {
    const parent = await here.mint({ connections: [connection], uses: 3 })
    const children = await Promise.all(
      [2, 2, 3].map(async (uses) => {
        const { token } = await here.ada.client.brokerTokens.narrow({ token: parent.token.reveal(), uses })
        return token
      }),
    )
    const tokens = [parent.token, ...children.map((text) => Secret.of(text))]
    const codes = await Promise.all(
      tokens.flatMap((token) => [0, 1, 2].map(() => codeOf(here.call(token, connection)))),
    )
    expect(codes.filter((code) => code === 'allowed')).toHaveLength(3)
  })

  it('counts bytes that are announced before, and those that passed after', async () => {
    const { token, id } = await here.mint({ connections: [connection], bytes: 1000 })
    const passage = await here.redeem(token, connection, { bytes: 100 })
    await here.broker.use(passage, { ...going, bytes: 100 })
    expect(passage.takes?.(400)).toBe(true)
    expect(passage.takes?.(600)).toBe(false)
    here.broker.ended(passage, going, { status: 200, bytesIn: 100, bytesOut: 850, durationMs: 5 })
    await expect.poll(async () => (await here.ada.client.brokerTokens.get(id)).bytes).toBe(950)
    expect(await codeOf(here.redeem(token, connection, { bytes: 51 }))).toBe('token.over_bytes')
    await expect
      .poll(async () => (await here.ada.client.audit.list({ event: 'connection.answered' }).page()).items, {
        timeout: 5000,
      })
      .toContainEqual(expect.objectContaining({ status: 200, bytesIn: 100, bytesOut: 850, connectionId: connection }))
  })

  it('is recorded with everything that is known of it', async () => {
    const me = await here.ada.client.me()
    const { token, id } = await here.mint({ connections: [connection], toolCall: 't1', run: 'r1', step: 's1' })
    await here.call(token, connection, { requestId: 'req_a', ip: '192.0.2.7', method: 'POST', path: '/repos' })
    expect((await usedBy(id))[0]).toMatchObject({
      actor: { kind: 'person', id: me.id },
      onBehalfOf: me.id,
      toolCall: 't1',
      run: 'r1',
      step: 's1',
      connectionId: connection,
      credentialVersion: 1,
      host: HOST,
      method: 'POST',
      path: '/repos',
      requestId: 'req_a',
      ip: '192.0.2.7',
    })
  })
})

describe(`kill -9 on ${databaseName}`, () => {
  const program = fileURLToPath(new URL('./claim-and-die.ts', import.meta.url))

  it('between the claim and sending leaves the use counted and on record', async () => {
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    const words = [database.folder, database.file, database.url ?? '']
    const child = spawn(process.execPath, ['--no-warnings', program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [text, faults] = ['', '']
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.stderr.on('data', (chunk) => {
      faults += chunk
    })
    const [, signal] = await once(child, 'close')
    expect(signal, faults).toBe('SIGKILL')
    const made = JSON.parse(text) as { id: string; token: string; connection: string; key: string }
    const after = await testApp({ logLevel: 'error', database })
    onTestFinished(() => after.close())
    const client = createClient({ url: after.url, apiKey: made.key })
    expect(await client.brokerTokens.get(made.id)).toMatchObject({ uses: 1, maxUses: 3 })
    const { items } = await client.audit.list({ event: 'connection.used' }).page()
    expect(items).toMatchObject([{ connectionId: made.connection, detail: { token: made.id } }])
    const { broker } = after.app
    const call = async () => {
      const asks = { connectionId: made.connection, method: 'GET', path: '/user' }
      await broker.use(await broker.redeem(Secret.of(made.token), asks), going)
    }
    expect(await codeOf(call())).toBe('allowed')
    expect(await codeOf(call())).toBe('allowed')
    expect(await codeOf(call())).toBe('token.used_up')
  })
})
