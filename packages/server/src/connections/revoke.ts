import { DAY } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { findGrant } from '../store/connection-grants.ts'
import {
  addRevocation,
  changeRevocation,
  claimDueRevocations,
  deleteFinishedRevocations,
  findRevocation,
  hasRevocation,
  listOfSameApp,
  listRevocationsOf,
  listUnsealedRevocations,
  type ShownRevocation,
  sealRevocation,
} from '../store/revocations.ts'
import type { ConnectionRow, RevocationRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import type { Checks } from './check.ts'
import { methodOf } from './credential.ts'
import type { Keep } from './keep.ts'
import type { ConnectionsDeps } from './ports.ts'
import { prepare, publicPart } from './prepared.ts'
import { type Granting, mayBeGranted, revocationOf } from './revocation-row.ts'
import { createSealing, type Evidence } from './revocation-seal.ts'
import { ATTEMPTS, createSettled } from './revocation-settled.ts'
import { wouldDie } from './revocation-shared.ts'
import { foreseen, type Revocation, type SeenRevocation, seenRevocation, wayOf } from './revocation-words.ts'
import { createAttempt, LONGEST_ATTEMPT, type Verdict } from './revoke-attempt.ts'
import { createLeaving, type Leaving } from './revoke-leaving.ts'

/**
 * Ends grants at their services, after the connection has ended here. Promises: what is to be ended is written down in the transaction of the
 * end, is tried until the service has said something final or three days are over, by whichever server lives, and what had to be shown is
 * destroyed with the last attempt. Refuses to end what another living connection lives by, and to show a token to an app that has changed.
 */
export interface Revocations extends Leaving {
  /** For a receipt, before anybody is asked. Opens no secret. */
  foresee(row: ConnectionRow): Promise<Revocation>
  /** In the transaction that ends a grant, before its facts are written over. */
  begin(db: Db, row: ConnectionRow, because: RevocationRow['because']): Promise<void>
  /** Before a credential is destroyed: keeps what has to be shown. Throws while the vault does not answer. */
  secure(row: Pick<ConnectionRow, 'id' | 'workspace_id'>): Promise<void>
  /** Of tokens that a service gave and that no connection has: renewed after its end, or refused when they came. */
  unkept(of: Granting, secrets: Secrets, accessExpiresAt?: number): Promise<void>
  /** The newest of each that was deleted, in words. */
  seen(workspaceId: string, rows: readonly ConnectionRow[]): Promise<ReadonlyMap<string, SeenRevocation>>
  /** For the job: takes what is due, for as long as an attempt may take. */
  claimDue(limit: number): Promise<RevocationRow[]>
  attempt(row: RevocationRow): Promise<void>
  prune(now?: number): Promise<void>
}

const KEPT = 30 * DAY

export interface RevocationsDeps
  extends Pick<
    ConnectionsDeps,
    | 'store'
    | 'clock'
    | 'log'
    | 'vault'
    | 'audit'
    | 'events'
    | 'services'
    | 'target'
    | 'oauth'
    | 'redirectUri'
    | 'signals'
    | 'apps'
  > {
  keep: Keep
  checks: Pick<Checks, 'ask'>
}

export function createRevocations(deps: RevocationsDeps): Revocations {
  const { store, clock, log, vault, services, target, signals, keep } = deps
  const sealing = createSealing(vault)
  const attempted = createAttempt(deps)
  const settled = createSettled(deps)
  const leaving = createLeaving({ ...deps, sealing })

  async function put(db: Db, row: RevocationRow): Promise<void> {
    await addRevocation(db, row)
    await signals?.send(db, 'cardea_revocations', row.id)
  }

  /** Undefined: there is nothing in the vault, and nothing will be. */
  async function stored({ workspace_id, connection_id, credential_version, because }: RevocationRow) {
    if (credential_version === null) return undefined
    try {
      const lasting = await keep.get(workspace_id, connection_id, credential_version)
      return { ...lasting, ...(await keep.access(workspace_id, connection_id, credential_version)) }
    } catch (error) {
      const isLost = error instanceof Problem && (error.code === 'vault.not_found' || error.code === 'vault.corrupt')
      if (!isLost) throw error
      const level = because === 'unkept' ? 'debug' : 'warn'
      log[level]('a grant cannot be ended: its credential is not in the vault', { connection: connection_id, error })
      return undefined
    }
  }

  async function secure(row: Pick<ConnectionRow, 'id' | 'workspace_id'>): Promise<void> {
    const { workspace_id: workspaceId } = row
    for (const waiting of await store.within({ workspaceId }, (db) => listUnsealedRevocations(db, row))) {
      const secrets = await stored(waiting)
      if (!secrets) continue
      const sealed = await sealing.seal(waiting, { secrets })
      await store.within({ workspaceId }, async (db) => {
        // Whoever heard of it before, and came while this row was being written, has passed over it.
        if (await sealRevocation(db, waiting, sealed)) await signals?.send(db, 'cardea_revocations', waiting.id)
      })
    }
  }

  /** Undefined: what is there is not what was put there. */
  async function opened(row: RevocationRow): Promise<Evidence | undefined> {
    try {
      return await sealing.open(row)
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'vault.corrupt')) throw error
      log.error('what was sealed to end a grant does not open', { connection: row.connection_id, error })
      return undefined
    }
  }

  async function judged(row: RevocationRow): Promise<Verdict | { is: 'put_off'; how: 'postponed' | 'dropped' }> {
    if (row.of_workspace !== row.workspace_id) {
      const stays = await leaving.stillThere(row)
      if (stays) return { is: 'put_off', how: stays }
    }
    const { workspace_id: workspaceId } = row
    if (row.sealed === null) await secure({ id: row.connection_id, workspace_id: workspaceId })
    const now = row.sealed === null ? await store.within({ workspaceId }, (db) => findRevocation(db, row)) : row
    if (!now?.sealed) {
      // That of a renewal may never have come.
      if (row.because === 'unkept') return { is: 'put_off', how: 'dropped' }
      return { is: 'finished', state: 'by_hand', why: 'nothing_to_show' }
    }
    const evidence = await opened(now)
    if (!evidence) return { is: 'finished', state: 'by_hand', why: 'nothing_to_show' }
    return attempted(row, evidence, async (secrets, accessExpiresAt) => {
      const sealed = await sealing.seal(row, { ...evidence, secrets })
      const change = { sealed, access_expires_at: accessExpiresAt }
      return store.within({ workspaceId }, (db) => changeRevocation(db, row, change))
    })
  }

  return {
    foresee: async (row) => {
      const service = await services.definition(row.workspace_id, row.provider, row.definition_version)
      const method = methodOf(service, row)
      const { open } = prepare(target, service, method, { ...publicPart(row), secrets: {} })
      const way = wayOf(method, open)
      const ends = way.is === 'call' ? way.words.ends : undefined
      const others = ends ? await store.within({ workspaceId: row.workspace_id }, (db) => listOfSameApp(db, row)) : []
      return foreseen(service, method, open, ends !== undefined && others.some((other) => wouldDie(row, other, ends)))
    },

    begin: async (db, row, because) => {
      // What was put for one that is not finished is the newest that was begun.
      const version = row.credential_version || row.credential_versions
      if (version === 0 || !mayBeGranted(row) || (await hasRevocation(db, row, version))) return
      const grant = await findGrant(db, row.workspace_id, row.id)
      const now = clock.now()
      await put(db, revocationOf(row, { because, version, grant, now }))
      // A server that died while it renewed has left what is newest beside it.
      const newer = grant?.storing ?? null
      if (newer !== null) await put(db, revocationOf(row, { because: 'unkept', version: newer, grant, now }))
    },

    secure,

    unkept: async (of, secrets, accessExpiresAt) => {
      const { workspace_id: workspaceId } = of
      const row = revocationOf(of, { because: 'unkept', version: null, grant: undefined, now: clock.now() })
      const sealed = await sealing.seal(row, { secrets })
      await store.within({ workspaceId }, (db) =>
        put(db, { ...row, sealed, access_expires_at: accessExpiresAt ?? null }),
      )
    },

    seen: async (workspaceId, rows) => {
      const ended = rows.filter((row) => row.deleted_at !== null && mayBeGranted(row)).map(({ id }) => id)
      if (ended.length === 0) return new Map()
      const found = await store.within({ workspaceId }, (db) => listRevocationsOf(db, workspaceId, ended))
      const words = found
        .filter(({ because }) => because !== 'unkept')
        .map(async (each) => [each.connection_id, await inWords(each, rows)] as const)
      return new Map(await Promise.all(words))
    },

    claimDue: async (limit) => {
      const now = clock.now()
      return store.sweep((db) => claimDueRevocations(db, { now, until: now + LONGEST_ATTEMPT, limit }))
    },

    attempt: async (row) => {
      let verdict: Awaited<ReturnType<typeof judged>>
      try {
        verdict = row.attempts > ATTEMPTS ? { is: 'again', why: 'interrupted' } : await judged(row)
      } catch (error) {
        log.warn('a grant could not be ended at its service', { connection: row.connection_id, error })
        verdict = { is: 'again', why: 'interrupted' }
      }
      if (verdict.is === 'overtaken') return
      if (verdict.is === 'put_off') return leaving.putOff(row, verdict.how)
      await settled(row, verdict)
    },

    prune: async (now = clock.now()) => {
      await store.sweep((db) => deleteFinishedRevocations(db, now - KEPT))
    },

    leaving: leaving.leaving,
    left: leaving.left,
  }

  async function inWords(each: ShownRevocation, rows: readonly ConnectionRow[]): Promise<SeenRevocation> {
    const row = rows.find(({ id }) => id === each.connection_id)!
    const nameless = { name: row.provider, docs: '' as never }
    try {
      const service = await services.definition(row.workspace_id, each.provider, each.definition_version)
      const method = methodOf(service, each)
      const { open } = prepare(target, service, method, { ...publicPart(row), secrets: {} })
      return seenRevocation(each, { service, method, open })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return { ...seenRevocation(each, { service: nameless, open: {} }), where: null }
    }
  }
}
