import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { databaseName, postgresUrl } from '../database.ts'
import { openTrail } from './trail.ts'

const kills = Number(process.env.CARDEA_TEST_KILLS ?? 3)
const program = fileURLToPath(new URL('./write-and-die.ts', import.meta.url))

/** Answers what the program says was acknowledged before it was killed, somewhere within its first 200 writes. */
async function writeUntilKilled(words: string[]): Promise<number[]> {
  const child = spawn(process.execPath, ['--no-warnings', program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const until = 40 + Math.floor(Math.random() * 160)
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
  return text.split('\n').slice(0, -1).map(Number)
}

describe(`kill -9 while writing on ${databaseName}`, () => {
  it(`loses no acknowledged record and leaves a whole chain, ${kills} times`, async () => {
    const { audit, database, anchorFile, ask } = await openTrail()
    const acknowledged: number[] = []
    // SQLite has one server at a time; PostgreSQL any number.
    const servers = postgresUrl ? 2 : 1
    for (let round = 0; round < kills; round++) {
      const started = Array.from({ length: servers }, (_, server) => {
        const own = server === 0 ? anchorFile : `${anchorFile}.${server}`
        return writeUntilKilled([
          database.file,
          database.url ?? '',
          own,
          String((round * servers + server) * 1_000_000),
        ])
      })
      acknowledged.push(...(await Promise.all(started)).flat())
      expect(await audit.verify()).toMatchObject({ ok: true, findings: [] })
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(kills * 40)
    const found = await ask<{ subject: string; event: string }>('select subject, event from audit_records')
    const subjects = new Set(found.map(({ subject }) => subject))
    expect(acknowledged.filter((number) => !subjects.has(`write ${number}`))).toEqual([])
    // The change and its record: both, or neither.
    const changes = await ask<{ name: string }>('select name from deployment')
    const recorded = found.filter(({ event }) => event === 'key.created').map(({ subject }) => subject)
    expect(changes.map(({ name }) => name).sort()).toEqual(recorded.sort())
  }, 600_000)
})
