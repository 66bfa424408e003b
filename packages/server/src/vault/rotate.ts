import { actorId, type Caller, system } from '../actor.ts'
import { type Clock, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import { retireDataKeys } from '../store/data-keys.ts'
import { findActiveMasterKey, findMasterKey, listRetiredMasterKeys } from '../store/master-keys.ts'
import {
  addRotation,
  advanceRotation,
  claimRotation,
  findNewestRotation,
  findRunningRotation,
  finishRotation,
  getRotation,
} from '../store/rotations.ts'
import { DEPLOYMENT, type RotationRow } from '../store/schema.ts'
import type { Db, Store } from '../store/store.ts'
import type { DataKeys } from './data-keys.ts'
import type { MasterKey } from './keys/master-key.ts'
import { countForDataKeys, rotateDataKeys } from './rotate-data-keys.ts'
import { countForMasterKey, rotateMasterKey } from './rotate-master-key.ts'
import { mayChangeKeyring, type Run } from './run.ts'

/**
 * Replaces keys while the server serves. Each step is one transaction that can be repeated, so that a rotation which a
 * crash interrupts anywhere is finished by whoever resumes it. One runs at a time across all servers.
 */
export interface Rotations {
  start(caller: Caller, kind: RotationRow['kind']): Promise<RotationRow>
  get(id: string): Promise<RotationRow>
  newest(): Promise<RotationRow | undefined>
  /** Takes up a rotation whose server is gone. To be called at start and again from time to time. */
  resume(): Promise<RotationRow | undefined>
  /** Resolves when this server carries out none. */
  idle(): Promise<void>
  /** Stops after the step at hand; the rotation is resumed later. */
  close(): Promise<void>
}

export interface RotationEvent {
  event: 'vault.rotation_started' | 'vault.rotation_finished'
  workspaceId: string
  subject: string
  detail: Record<string, string | number | string[]>
  caller: Caller
}

export interface RotationDeps {
  store: Store
  vault: { dataKeys: DataKeys }
  masterKey: MasterKey
  clock: Clock
  log: Logger
  /** Writes into the audit log, in the transaction of the change. */
  record: (db: Db, event: RotationEvent) => Promise<void>
  /** Told of each step that is done; what it throws stops the rotation there, as a crash would. For tests. */
  after?: (step: string) => void
  batch?: number
  /** How long a silent server is waited for. Only saves work: two that run the same rotation do no harm to each other. */
  lease?: number
}

/** Another server carries the rotation on, or this one is stopping. */
class HandedOver extends Error {}

const FINAL = ['vault.next_key_missing', 'vault.key_file_unusable', 'vault.keychain_unusable', 'vault.wrong_master_key']

export function createRotations(deps: RotationDeps): Rotations {
  const { store, clock, log, masterKey, record } = deps
  const { dataKeys } = deps.vault
  const runner = newId('wr')
  const lease = deps.lease ?? 30 * SECOND
  let current: Promise<void> | undefined
  let stopping = false
  let turn: Promise<unknown> = Promise.resolve()

  /** Starting and resuming wait for each other: this server carries out one rotation once. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    // Whoever asked is told of the failure; the next in turn has nothing to do with it.
    turn = result.catch(() => {})
    return result
  }

  const start = async (caller: Caller, kind: RotationRow['kind']): Promise<RotationRow> => {
    if (kind === 'master_key') await refuseWithoutNextKey(deps)
    const row = await store.sweep(async (db) => {
      const running = await findRunningRotation(db)
      if (running) throw new Problem('vault.rotation_running', { id: running.id })
      if (kind === 'data_keys') await retireDataKeys(db)
      const now = clock.now()
      const started: RotationRow = {
        id: newId('rot'),
        kind,
        state: 'running',
        done: 0,
        total: await (kind === 'data_keys' ? countForDataKeys(db) : countForMasterKey(db)),
        error: null,
        target: null,
        runner,
        runner_until: now + lease,
        started_by: actorId(caller.actor),
        started_at: now,
        finished_at: null,
      }
      await addRotation(db, started)
      await record(db, {
        event: 'vault.rotation_started',
        workspaceId: DEPLOYMENT,
        subject: started.id,
        detail: { kind, total: started.total },
        caller,
      })
      return started
    })
    launch(row, caller)
    return row
  }

  const launch = (row: RotationRow, caller: Caller) => {
    current = carryOut(row, caller).finally(() => {
      current = undefined
    })
  }

  const carryOut = async (row: RotationRow, caller: Caller): Promise<void> => {
    const broken: string[] = []
    const held = { id: row.id, runner }
    const run: Run = {
      id: row.id,
      batch: deps.batch ?? 100,
      store,
      dataKeys,
      masterKey,
      clock,
      step: async (name, work, target) => {
        if (stopping) throw new HandedOver()
        await store.sweep(async (db) => {
          const done = await work(db)
          const until = clock.now() + lease
          const step = { done, until, ...(target === undefined ? {} : { target }) }
          if (!(await advanceRotation(db, held, step))) throw new HandedOver()
        })
        run.after(name)
      },
      after: (step) => deps.after?.(step),
      broken: (what, error) => {
        broken.push(what)
        log.error('a rotation met something that does not open', { rotation: row.id, what, error })
      },
    }
    const finish = async (error: string | null) => {
      const state = error === null ? 'done' : 'failed'
      await store.sweep(async (db) => {
        const oldBackupsNeed = row.kind === 'master_key' ? await listRetiredMasterKeys(db) : []
        if (!(await finishRotation(db, held, { state, error, at: clock.now() }))) throw new HandedOver()
        await record(db, {
          event: 'vault.rotation_finished',
          workspaceId: DEPLOYMENT,
          subject: row.id,
          detail: {
            kind: row.kind,
            state,
            ...(error === null ? {} : { error }),
            ...(oldBackupsNeed.length > 0 ? { oldBackupsNeed } : {}),
          },
          caller,
        })
      })
      run.after('finished')
      log.info('a rotation has ended', { rotation: row.id, kind: row.kind, state, error })
      // The old keys are deleted; now they leave the database's files too.
      await store.forget().catch((error: unknown) => log.warn('old keys may still lie in the database log', { error }))
    }
    try {
      if (row.kind === 'master_key') await rotateMasterKey(run, row, () => broken.length > 0)
      else await rotateDataKeys(run)
      await finish(broken.length === 0 ? null : `${broken.length} did not open: ${broken.slice(0, 10).join(', ')}`)
    } catch (error) {
      if (error instanceof HandedOver) return log.info('another server carries the rotation on', { rotation: row.id })
      if (error instanceof Problem && FINAL.includes(error.code)) {
        return finish(error.message).catch((error: unknown) =>
          log.error('the end of a rotation could not be noted', { error }),
        )
      }
      log.error('a rotation was interrupted and will be resumed', { rotation: row.id, error })
    }
  }

  const resume = async (): Promise<RotationRow | undefined> => {
    if (current || stopping) return undefined
    const now = clock.now()
    // The embedded database has one server: whoever began the rotation is gone.
    const expired = store.dialect === 'sqlite' ? Number.MAX_SAFE_INTEGER : now
    const row = await store.sweep((db) => claimRotation(db, { runner, now: expired, until: now + lease }))
    if (!row) return undefined
    log.info('taking up an interrupted rotation', { rotation: row.id, kind: row.kind })
    launch(row, { actor: system, requestId: row.id, ip: '' })
    return row
  }

  return {
    start: (caller, kind) => inTurn(() => start(caller, kind)),
    resume: () => inTurn(resume),
    get: (id) => store.within({}, (db) => getRotation(db, id)),
    newest: () => store.within({}, findNewestRotation),
    idle: async () => {
      await turn
      await current
    },
    close: async () => {
      stopping = true
      await turn
      await current
    },
  }
}

/** Where only the operator changes the keyring, a rotation begins with the operator's new key. */
async function refuseWithoutNextKey({ store, masterKey }: Pick<RotationDeps, 'store' | 'masterKey'>): Promise<void> {
  if (await mayChangeKeyring({ store, masterKey })) return
  const [first] = await masterKey.ids('afresh')
  await store.within({}, async (db) => {
    const isNew = first && first !== (await findActiveMasterKey(db))?.id && !(await findMasterKey(db, first))
    if (!isNew) throw new Problem('vault.next_key_missing', { source: masterKey.source })
  })
}
