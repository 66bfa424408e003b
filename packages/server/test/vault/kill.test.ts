import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { databaseName, freshDatabase } from '../database.ts'
import { refOf, startServer, textOf } from './rotate-and-die.ts'

const kills = Number(process.env.CARDEA_TEST_KILLS ?? 3)

describe(`kill -9 during a rotation on ${databaseName}`, () => {
  it.each(['master_key', 'data_keys'] as const)(
    `loses nothing that was acknowledged, ${kills} times (%s)`,
    async (kind) => {
      const { folder, url, drop } = await freshDatabase()
      const acknowledged = new Set<number>()
      let interrupted = 0
      try {
        // A kill that falls between two rotations does not count.
        for (let round = 0; interrupted < kills; round++) {
          expect(round, 'kills that met no rotation').toBeLessThan(kills * 4 + 10)
          const milliseconds = Math.random() * 300
          const about = `round ${round}, killed after ${Math.round(milliseconds)} ms`
          const output = await killAfter(milliseconds, [folder, kind, String(round * 100_000), ...(url ? [url] : [])])
          for (const number of output) acknowledged.add(number)

          const server = await startServer(folder, url)
          const expectAll = async () => {
            for (const number of acknowledged) {
              const value = await server.vault.get(refOf(number))
              expect(value.reveal(), about).toBe(textOf(number))
            }
          }
          await expectAll()
          if (await server.rotations.resume()) interrupted++
          await server.rotations.idle()
          expect(await server.rotations.newest(), about).toMatchObject({ state: 'done', error: null })
          await expectAll()
          const keys = await server.store.sweep((db) => db.selectFrom('data_keys').selectAll().execute())
          expect(new Set(keys.map((key) => key.workspace_id)).size, about).toBe(keys.length)
          expect(new Set(keys.map((key) => key.master_key_id)), about).toEqual(new Set([server.vault.masterKey.id]))
          if (!url) expect(readFileSync(join(folder, 'master.key'), 'utf8').trim().split('\n'), about).toHaveLength(1)
          await server.close()
        }
        expect(acknowledged.size).toBeGreaterThan(0)
      } finally {
        await drop()
      }
    },
    60_000 + kills * 20_000,
  )
})

/** Runs the program and kills it once it has been rotating for so long; answers what it acknowledged. */
function killAfter(milliseconds: number, args: string[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const program = spawn(process.execPath, [join(import.meta.dirname, 'rotate-and-die.ts'), ...args])
    let output = ''
    let complaint = ''
    program.stdout.on('data', (chunk) => {
      const before = output.includes('rotating')
      output += chunk
      if (!before && output.includes('rotating')) setTimeout(() => program.kill('SIGKILL'), milliseconds)
    })
    program.stderr.on('data', (chunk) => {
      complaint += chunk
    })
    program.on('error', reject)
    program.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`it ended by itself: ${complaint}`))
      // The last line may be cut.
      resolve(
        output
          .split('\n')
          .slice(0, -1)
          .filter((line) => line !== 'rotating')
          .map(Number),
      )
    })
  })
}
