import type { Method, Refresh } from '@cardea/catalog'
import { SECOND } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { Secrets } from '../../inject/values.ts'
import type { Oauth, Obtained } from '../../oauth/oauth.ts'
import type { Secret } from '../../secret.ts'
import { changeGrant, findGrant, getGrant } from '../../store/connection-grants.ts'
import { beginCredential, findConnection, lockConnection } from '../../store/connections.ts'
import type { Owner } from '../../store/ownership.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../store/schema.ts'
import type { AppsPort } from '../ports.ts'
import { spreadOf } from '../state.ts'
import { afterFailure, afterSuccess } from './after.ts'
import { failedHow, wordOf } from './failure.ts'
import { expiryOf, type Granted, grantedBy } from './granted.ts'
import type { HostTokens } from './hosts.ts'
import { nextStep, TO_LEAVE, TO_SEND } from './intent.ts'
import { createTakeLeftBehind, type LeftBehindDeps } from './left-behind.ts'
import type { GrantParties } from './party.ts'

/**
 * One exchange, by whoever owns the renewal. Before it an intent is written, with the number under which its answer will lie in the vault:
 * first it is put there, then the row names it, so that whoever comes after a crash finds what is newest, and never shows the service what it
 * has exchanged before. Answers how long to wait where it is not the time for one.
 */
export type Exchange = (of: Connection, than: number, owner: Owner, how: How) => Promise<number | 'done'>

export interface Connection {
  workspaceId: string
  connectionId: string
}

export interface How {
  /** Somebody looks on: the time that the last failure asked for is not waited out. */
  eager?: boolean
  /** The access token that there is was refused: it is no reason to wait for anything. */
  refused?: boolean
  /** A host whose access tokens are minted apart. */
  host?: string
  /** This is not the first look. */
  waited?: boolean
  /** There is other work: what has to be waited for is left for later. */
  passing?: boolean
}

export interface ExchangeDeps extends LeftBehindDeps {
  oauth: Pick<Oauth, 'refresh' | 'obtain'>
  apps: AppsPort | undefined
  parties: GrantParties
  hosts: HostTokens
  /** Ends at the service what came too late. */
  unkept(row: ConnectionRow, secrets: Secrets): Promise<void>
}

interface Intent {
  row: ConnectionRow
  grant: ConnectionGrantRow
  fence: number
  /** Of the version that will hold the answer. */
  storing: number
  words: Refresh
  begunAt: number
  /** Whether there is an access token that still serves. */
  serves: boolean
}

export const LOOK_AGAIN = 200
/** For whoever may hold the answer that is missing, and waits for the same database as we did. */
const PATIENCE = 3 * SECOND
const PUT_EVERY = SECOND
const PUT_TRIES = 90

export function createExchange(deps: ExchangeDeps): Exchange {
  const { store, clock, log, oauth, keep, settle, epochs, apps, parties, hosts, signals, unkept } = deps
  const takeLeftBehind = createTakeLeftBehind(deps)

  async function begin(
    of: Connection,
    than: number,
    { eager, refused, waited }: How,
  ): Promise<Intent | 'newer' | number> {
    const { workspaceId, connectionId } = of
    const begunAt = clock.monotonic()
    const known = await store.within({ workspaceId }, async (db) => ({
      row: await findConnection(db, workspaceId, connectionId),
      grant: await findGrant(db, workspaceId, connectionId),
    }))
    if (!known.row) throw new Problem('connection.not_found')
    if (await takeLeftBehind(known.row, known.grant, than)) return 'newer'
    const words = await parties.words(known.row)
    return store.within({ workspaceId }, async (db) => {
      const row = await lockConnection(db, workspaceId, connectionId)
      if (!row) throw new Problem('connection.not_found')
      if (row.credential_version !== than) return 'newer'
      const grant = await getGrant(db, workspaceId, connectionId)
      const now = clock.now()
      if (grant.renewal === 'none') throw new Problem('oauth.not_supported', { step: 'refresh' })
      if (row.verdict === 'ended') throw new Problem('oauth.grant_dead', { error: 'ended' })
      if (grant.not_before !== null && now < grant.not_before) {
        throw new Problem('oauth.unavailable', { error: 'too_early', comeBackAt: grant.not_before })
      }
      const serves = grant.has_access === 1 && !refused
      // What was waited for, while a token served that is refused by now, is not waited for any more.
      const isLost = refused && grant.presenting === than
      if (!eager && !isLost && isToWait(grant, now)) throw asBefore(grant)
      const next = nextStep(grant, than, { words, now, hasAccess: serves })
      if (next.is === 'wait') return next.until - now
      if (next.again && !waited) return PATIENCE
      const fence = grant.fence + 1
      const storing = await beginCredential(db, workspaceId, connectionId)
      const intent = {
        fence,
        presenting: than,
        presented_at: now,
        storing,
        unanswered: grant.unanswered + Number(next.again),
      }
      await changeGrant(db, row, intent)
      return { row, words, fence, storing, begunAt, serves, grant: { ...grant, ...intent } }
    })
  }

  /** What is stored, shown to the service. The check before it leaves is made twice: an owner who was stopped in between may not be it any more. */
  async function ask({ row, grant, begunAt }: Intent, stored: Secrets, owner: Owner, host: string | undefined) {
    const { party, how } = await parties.of(row, stored, grant)
    const sureWithin = (milliseconds: number) => () => {
      owner.sure()
      // So late its answer would come after others have given it up.
      if (clock.monotonic() - begunAt > milliseconds) throw new Problem('connection.not_owned')
    }
    sureWithin(TO_LEAVE)()
    const obtained =
      party.method.obtain.by === 'saml' && !stored.refreshToken
        ? await oauth.obtain(party)
        : await oauth.refresh(party, {
            ...how,
            ...(host === undefined ? {} : { resourceHost: host }),
            atLast: sureWithin(TO_SEND),
          })
    if (host === undefined) return { obtained, granted: grantedBy(party.method, stored, obtained) }
    return besideTheFirst({ row, grant }, party.method, stored, obtained)
  }

  /** A token for another host brings a new refresh token at most: what was granted for the first host stays as it is. */
  async function besideTheFirst(
    { row, grant }: Pick<Intent, 'row' | 'grant'>,
    method: Method,
    stored: Secrets,
    { scopes: _scopes, ...obtained }: Obtained,
  ) {
    const { accessToken: _token, idToken: _id, ...lasting } = obtained.secrets
    const access = await keep.access(row.workspace_id, row.id, row.credential_version)
    const life = grant.access_expires_at === null ? ('unknown' as const) : { expiresAt: grant.access_expires_at }
    const granted = grantedBy(method, stored, { ...obtained, secrets: lasting, life })
    const isOver = grant.access_expires_at !== null && grant.access_expires_at <= clock.now()
    return { obtained, granted: { ...granted, access: isOver ? {} : present(access) } }
  }

  async function commit(intent: Intent, granted: Granted, obtained: Obtained): Promise<void> {
    const { row, fence, storing: version, words } = intent
    const { workspace_id: workspaceId, id } = row
    await putSurely(intent, granted)
    const after = await store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, id)
      const grant = before && (await findGrant(db, workspaceId, id))
      if (!before || !grant) return 'deleted'
      if (before.credential_version === version) return 'found'
      const { fence: newest, presenting, presented_at, storing, unanswered } = grant
      const isNewest = newest === fence && presenting === row.credential_version
      // Others have stored what they were given: only what was asked for after that is newer.
      if (before.credential_version !== row.credential_version && !isNewest) return 'gone'
      const { change, facts } = afterSuccess(before, grant, { granted, obtained, version, words, now: clock.now() })
      // A successor is showing the same token at this moment: should that come to nothing, there is still this.
      const theirs = newest !== fence && presenting !== null ? { presenting, presented_at, storing, unanswered } : {}
      await changeGrant(db, before, { ...facts, ...theirs })
      await signals?.send(db, 'cardea_grants', id)
      return settle(db, before, change)
    })
    if (after === 'deleted') {
      // The service has just given what nobody wants any more.
      await unkept(row, { ...granted.lasting, ...granted.access })
      await drop(row, version)
    } else if (after === 'gone') await drop(row, version)
    else if (after !== 'found') epochs.changed(id, after.epoch)
  }

  /** What is not stored is the only copy there is of a token that the old one was given for. */
  async function putSurely({ row, storing }: Intent, { lasting, access }: Granted): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        await keep.put(row.workspace_id, row.id, lasting, access, { begun: storing })
        return
      } catch (error) {
        const passes =
          error instanceof Problem && (error.code === 'vault.unavailable' || error.code === 'store.unavailable')
        if (!passes || tried === PUT_TRIES) {
          log.error('a renewed credential could not be written, and is lost', { connection: row.id, error })
          throw error
        }
        log.warn('a renewed credential could not be written yet', { connection: row.id, tried, error })
        await clock.sleep(PUT_EVERY)
      }
    }
  }

  /** Answers whether the failure stands: it says nothing about what somebody else has stored meanwhile. */
  async function failed({ row, fence, words, serves }: Intent, error: unknown): Promise<boolean> {
    const { workspace_id: workspaceId, id } = row
    const how = failedHow(error)
    const spread = spreadOf(id)
    const after = await store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, id)
      const grant = before && (await findGrant(db, workspaceId, id))
      if (!before || !grant || grant.fence !== fence || before.credential_version !== row.credential_version)
        return undefined
      if (isNotOwned(error)) {
        await changeGrant(db, before, { presenting: null, presented_at: null, storing: null })
        return before
      }
      const of = { how, error, words, now: clock.now(), spread, serves }
      const { change, facts, also } = afterFailure(before, grant, of)
      await changeGrant(db, before, facts)
      return change ? settle(db, before, change, also) : before
    })
    if (after) epochs.changed(id, after.epoch)
    const level = how === 'grant_dead' || how === 'lost' ? 'warn' : 'info'
    log[level]('a credential was not renewed', { connection: id, because: how, error: wordOf(error) })
    if (how === 'client_misconfigured' && row.app_id) {
      await apps?.refused(workspaceId, row.app_id, { error: wordOf(error) })
    }
    return after !== undefined && !isNotOwned(error)
  }

  async function drop(row: ConnectionRow, version: number): Promise<void> {
    await keep.drop(row.workspace_id, row.id, version, version + 1).catch((error: unknown) => {
      log.warn('a credential that nobody uses could not be destroyed yet', { connection: row.id, error })
    })
  }

  return async (of, than, owner, how) => {
    const begun = await begin(of, than, how)
    if (begun === 'newer') return 'done'
    if (typeof begun === 'number') return begun
    const { row } = begun
    let got: Awaited<ReturnType<typeof ask>>
    try {
      got = await ask(begun, await keep.get(row.workspace_id, row.id, row.credential_version), owner, how.host)
    } catch (error) {
      if (await failed(begun, error)) throw error
      return LOOK_AGAIN
    }
    await commit(begun, got.granted, got.obtained)
    const { accessToken } = got.obtained.secrets
    if (how.host !== undefined && accessToken) {
      hosts.put(row.id, how.host, { accessToken, expiresAt: expiryOf(got.obtained.life) ?? undefined })
    }
    if (row.app_id && begun.grant.last_failure?.startsWith('client_misconfigured')) {
      await apps?.accepted(row.workspace_id, row.app_id)
    }
    return 'done'
  }
}

function present(secrets: Secrets): Record<string, Secret> {
  return Object.fromEntries(Object.entries(secrets).flatMap(([name, secret]) => (secret ? [[name, secret]] : [])))
}

function isNotOwned(error: unknown): boolean {
  return error instanceof Problem && error.code === 'connection.not_owned'
}

function isToWait({ failed_at, wait_until }: ConnectionGrantRow, now: number): boolean {
  // Failed in a time to come: the clock was set back, and what was to be waited for may be far away.
  const isBelieved = failed_at === null || failed_at <= now + SECOND
  return isBelieved && wait_until !== null && now < wait_until
}

/** The failure that is remembered, until it is time to try again. */
function asBefore({ last_failure, wait_until }: ConnectionGrantRow): Problem {
  const [how = '', error = 'no_answer'] = (last_failure ?? '').split(' ')
  const code = how === 'client_misconfigured' ? 'oauth.client_misconfigured' : 'oauth.unavailable'
  return new Problem(code, { error, ...(wait_until === null ? {} : { comeBackAt: wait_until }) })
}
