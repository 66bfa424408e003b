import { writeSync } from 'node:fs'
import { createAudit } from '../../src/audit/audit.ts'
import { systemClock } from '../../src/clock.ts'
import { createLogger } from '../../src/log.ts'
import { openStore } from '../../src/store/store.ts'
import { auditKey, caller } from './trail.ts'

/** Writes changes and uses until it is killed, and says which were acknowledged: file, address or '', anchor, first number. */
const [file, url, anchorFile, first] = process.argv.slice(2) as [string, string, string, string]
const store = await openStore({ file, ...(url ? { url } : {}) })
const log = createLogger({ level: 'error', format: 'text', clock: systemClock, write: (line) => writeSync(2, line) })
const audit = createAudit({ store, clock: systemClock, log, key: auditKey, mode: 'strict', anchorFile })
const event = { workspaceId: 'ws_a', caller } as const

async function write(number: number): Promise<void> {
  const subject = `write ${number}`
  if (number % 2) await audit.use({ ...event, event: 'connection.used', subject })
  else {
    await store.within({ workspaceId: 'ws_a' }, async (db) => {
      await db.insertInto('deployment').values({ name: subject, value: '' }).execute()
      await audit.record(db, { ...event, event: 'key.created', subject })
    })
  }
  writeSync(1, `${number}\n`)
  if (number % 50 === 0) await audit.checkpoint()
}

let next = Number(first)
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) await write(next++)
  }),
)
