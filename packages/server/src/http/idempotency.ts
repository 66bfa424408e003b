import { hash } from 'node:crypto'
import { actorId, type Caller } from '../actor.ts'
import { type Clock, DAY, MINUTE } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import {
  claimIdempotency,
  findIdempotency,
  finishIdempotency,
  forgetIdempotency,
  type IdempotencyName,
} from '../store/idempotency.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * The same creation sent twice is done once. That it begins is written before the work and its answer after it, sealed,
 * for it may hold a key that is shown once. What happened in between is not guessed: a server that stopped there leaves
 * "not known", never a second execution.
 */
export interface Idempotency {
  run(
    caller: Caller,
    key: string,
    request: { method: string; path: string; body: Uint8Array },
    work: Work,
  ): Promise<Done>
}

export interface Done {
  status: number
  json: string
  replayed: boolean
}

type Work = () => Promise<{ status: number; json: string }>

export const KEPT_MILLISECONDS = DAY
/** No request is at work for longer: the server's own limits end it before. */
const LONGEST_WORK = 5 * MINUTE

export function createIdempotency(deps: { store: Store; vault: Vault; clock: Clock; log: Logger }): Idempotency {
  const { store, vault, clock, log } = deps
  // What this very server is at work on. With one server (SQLite) nobody else can be.
  const running = new Set<string>()

  const replay = async (name: IdempotencyName, nameText: string, requestHash: string): Promise<Done> => {
    const row = await store.within({ workspaceId: name.workspaceId }, (db) => findIdempotency(db, name))
    // Freed between the two looks: whoever held it refused the request, or it has just become too old.
    if (!row) throw new Problem('idempotency.in_progress', { retryAfterSeconds: 1 })
    if (row.request_hash !== requestHash) throw new Problem('idempotency.mismatch')
    if (row.state === 'done' && row.reply && row.status) {
      const json = await vault.open(name.workspaceId, purpose(name), row.reply)
      return { status: row.status, json: json.toString('utf8'), replayed: true }
    }
    const othersMayWork = store.dialect === 'postgres' && clock.now() - row.created_at < LONGEST_WORK
    if (row.state === 'running' && (running.has(nameText) || othersMayWork)) {
      throw new Problem('idempotency.in_progress', { retryAfterSeconds: 1 })
    }
    throw new Problem('idempotency.outcome_unknown')
  }

  const finish = async (name: IdempotencyName, outcome: Parameters<typeof finishIdempotency>[2]) => {
    await store.within({ workspaceId: name.workspaceId }, (db) => finishIdempotency(db, name, outcome))
  }

  const execute = async (name: IdempotencyName, work: Work): Promise<Done> => {
    let done: { status: number; json: string }
    try {
      done = await work()
    } catch (error) {
      const nothingDone = error instanceof Problem && isNotDone(error)
      await (nothingDone
        ? store.within({ workspaceId: name.workspaceId }, (db) => forgetIdempotency(db, name))
        : finish(name, { state: 'unknown' })
      ).catch((cause) => log.warn('an idempotency key could not be settled', { error: cause }))
      throw error
    }
    try {
      const reply = await vault.seal(name.workspaceId, purpose(name), Buffer.from(done.json, 'utf8'))
      await finish(name, { state: 'done', status: done.status, reply })
    } catch (error) {
      // The work is done and its answer is owed; asked again, the outcome will be called unknown.
      log.warn('the answer under an idempotency key could not be kept', { error })
    }
    return { ...done, replayed: false }
  }

  return {
    run: async ({ actor }, key, { method, path, body }, work) => {
      const workspaceId = ('workspaceId' in actor && actor.workspaceId) || DEPLOYMENT
      const name = { workspaceId, actorId: actorId(actor), keyHash: hash('sha256', key) }
      const nameText = Object.values(name).join(' ')
      const requestHash = hash('sha256', Buffer.concat([Buffer.from(`${method} ${path}\n`), body]))
      const claimed = await store.within({ workspaceId }, async (db) => {
        await forgetIdempotency(db, name, clock.now() - KEPT_MILLISECONDS)
        return claimIdempotency(db, name, requestHash, clock.now())
      })
      if (!claimed) return replay(name, nameText, requestHash)
      running.add(nameText)
      try {
        return await execute(name, work)
      } finally {
        running.delete(nameText)
      }
    },
  }
}

/** Some refusals know what became of the work, which may have left this server; of the others the status says it. */
function isNotDone({ status, values: { outcome } }: Problem): boolean {
  return outcome === 'not_done' || (status < 500 && outcome !== 'unknown')
}

function purpose(name: IdempotencyName): string[] {
  return ['idempotency', name.actorId, name.keyHash]
}
