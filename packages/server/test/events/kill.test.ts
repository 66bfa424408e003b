import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { SECOND } from '../../src/clock.ts'
import { databaseName, postgresUrl } from '../database.ts'
import { openReceiver } from '../net/receiver.ts'
import { openHouse, passing } from './house.ts'

const kills = Number(process.env.CARDEA_TEST_KILLS ?? 2)
const program = fileURLToPath(new URL('./write-and-die.ts', import.meta.url))

/** Answers which events were acknowledged before it was killed. */
async function writeUntilKilled(words: string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['--no-warnings', program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const until = 20 + Math.floor(Math.random() * 60)
  let text = ''
  let faults = ''
  child.stderr.on('data', (chunk) => {
    faults += chunk
  })
  child.stdout.on('data', (chunk) => {
    text += chunk
    if (text.split('\n').length > until) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  expect(signal, faults).toBe('SIGKILL')
  return text
    .split('\n')
    .slice(0, -1)
    .map((number) => `event ${number}`)
}

describe(`kill -9 while events are written and sent, on ${databaseName}`, () => {
  it(`loses none that was acknowledged, ${kills} times`, async () => {
    const house = await openHouse()
    const receiver = await openReceiver()
    // Some get through, some do not, some hang until the end.
    let count = 0
    receiver.answer = (_request, response) => {
      if (count++ % 3 === 0) response.end()
      else if (count % 3 === 1) response.writeHead(503).end()
    }
    const { id, secret } = await house.webhook(receiver.url)
    const { ground, server, clock } = house
    const acknowledged: string[] = []
    const servers = postgresUrl ? 2 : 1
    for (let round = 0; round < kills; round++) {
      const started = Array.from({ length: servers }, (_, n) =>
        writeUntilKilled([ground.file, ground.url ?? '', secret, String((round * servers + n) * 1_000_000)]),
      )
      acknowledged.push(...(await Promise.all(started)).flat())
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(kills * 20)

    receiver.answer = (_request, response) => response.end()
    // The clock of the house stood still while theirs went on.
    await clock.advance(Date.now() - clock.now() + 120 * SECOND)
    house.deliver()
    const waiting = () =>
      server.store.sweep((db) =>
        db
          .selectFrom('webhook_deliveries')
          .select('event_id')
          .where('webhook_id', '=', id)
          .where('state', '=', 'pending')
          .execute(),
      )
    await passing(clock, 10 * SECOND, async () => (await waiting()).length === 0, 2000 + acknowledged.length * 20)
    const told = new Set(receiver.received.map(({ body }) => JSON.parse(body).subject as string))
    expect(acknowledged.filter((subject) => !told.has(subject))).toEqual([])
    const stored = await server.store.sweep((db) => db.selectFrom('events').select('subject').execute())
    // An event that was not committed is told to nobody.
    expect([...told].filter((subject) => !stored.some((row) => row.subject === subject))).toEqual([])
  }, 120_000)
})
