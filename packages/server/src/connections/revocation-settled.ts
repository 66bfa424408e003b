import { HOUR, MINUTE } from '../clock.ts'
import { changeRevocation, findEndedConnection } from '../store/revocations.ts'
import { DEPLOYMENT, type RevocationRow } from '../store/schema.ts'
import type { ConnectionsDeps } from './ports.ts'
import type { Verdict } from './revoke-attempt.ts'
import { eventOf, ourselves } from './settle.ts'
import { spreadOf } from './state.ts'

/** Writes down what came of an attempt, unless another has begun since: when to try again, or what it ended with, recorded and told. */
export type Settled = (row: RevocationRow, verdict: Exclude<Verdict, { is: 'overtaken' }>) => Promise<void>

/** At once, and then a minute, 4, 16, 64, … and every twelve hours: a little less than three days. */
export const ATTEMPTS = 11
const FIRST_PAUSE = MINUTE
const LONGEST_PAUSE = 12 * HOUR
export function createSettled({
  store,
  clock,
  audit,
  events,
}: Pick<ConnectionsDeps, 'store' | 'clock' | 'audit' | 'events'>): Settled {
  return async (row, verdict) => {
    const { attempts, workspace_id: workspaceId } = row
    const now = clock.now()
    if (verdict.is === 'again' && attempts < ATTEMPTS) {
      const next_try_at = now + pauseAfter(row, (verdict.comeBackAt ?? 0) - now)
      await store.within({ workspaceId }, (db) => changeRevocation(db, row, { last_failure: verdict.why, next_try_at }))
      return
    }
    const state = verdict.is === 'again' ? 'failed' : verdict.state
    const confirmed = verdict.is === 'finished' && verdict.confirmed === true
    await store.within({ workspaceId }, async (db) => {
      const isOurs = await changeRevocation(db, row, {
        state,
        confirmed: confirmed ? 1 : 0,
        last_failure: verdict.why ?? null,
        sealed: null,
        account_id: null,
        account_label: null,
        account_team: null,
        next_try_at: null,
        finished_at: now,
      })
      if (!isOurs) return
      const connection = await findEndedConnection(db, row)
      if (connection && row.because !== 'unkept') {
        const { data, ...event } = eventOf('connection.revocation_finished', connection)
        await events.emit(db, { ...event, data: { ...data, revocation: state } })
      }
      const { connection_id: subject, provider, because } = row
      const why = verdict.why ? { reason: verdict.why } : {}
      const of = workspaceId === DEPLOYMENT ? { workspace: row.of_workspace } : {}
      await audit.record(db, {
        event: 'connection.revocation_finished',
        workspaceId,
        caller: ourselves(),
        subject,
        detail: { state, provider, because, attempts, confirmed, ...why, ...of },
        use: {
          connectionId: subject,
          ...(row.credential_version === null ? {} : { credentialVersion: row.credential_version }),
        },
      })
    })
  }
}

/** Spread out by up to a fifth, so that what failed together does not come back together. */
export function pauseAfter({ id, attempts }: Pick<RevocationRow, 'id' | 'attempts'>, askedFor: number): number {
  const pause = Math.min(FIRST_PAUSE * 4 ** (attempts - 1), LONGEST_PAUSE) * (1 + spreadOf(`${id} ${attempts}`) / 5)
  return Math.round(Math.max(pause, Math.min(askedFor, LONGEST_PAUSE)))
}
