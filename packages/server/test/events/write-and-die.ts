import { writeSync } from 'node:fs'
import { systemClock } from '../../src/clock.ts'
import { createEvents } from '../../src/events/events.ts'
import { createDeliver } from '../../src/jobs/jobs.ts'
import { createLogger } from '../../src/log.ts'
import { createGuard } from '../../src/net/guard.ts'
import { createSend } from '../../src/net/send.ts'
import { Secret } from '../../src/secret.ts'
import { openSignals } from '../../src/store/signals.ts'
import { openStore } from '../../src/store/store.ts'
import { connection } from './house.ts'

/** Emits and delivers until it is killed, and says which events were acknowledged: file, address or '', secret, first number. */
const [file, url, secret, first] = process.argv.slice(2) as [string, string, string, string]
const store = await openStore({ file, ...(url ? { url } : {}) })
const clock = systemClock
const log = createLogger({ level: 'error', format: 'text', clock, write: (line) => writeSync(2, line) })
const signals = openSignals({ dialect: store.dialect, clock, log, ...(url ? { url } : {}) })
const guard = createGuard({ allowed: ['127.0.0.1'] })
const events = createEvents({
  store,
  signals,
  vault: {
    put: async () => {},
    get: async () => Secret.of(secret),
    delete: async () => {},
    deleteOwner: async () => 0,
  },
  clock,
  log,
  record: async () => {},
  administers: () => true,
  check: guard.check,
  send: createSend(guard),
  keptDays: 30,
})
createDeliver({ store, signals, clock, log, attempts: events.attempts })
for (let number = Number(first); ; number++) {
  const subject = `event ${number}`
  await store.within({ workspaceId: 'ws_a' }, (db) =>
    events.emit(db, {
      workspaceId: 'ws_a',
      type: 'connection.created',
      subject,
      audience: 'workspace',
      data: connection(subject),
    }),
  )
  writeSync(1, `${number}\n`)
}
