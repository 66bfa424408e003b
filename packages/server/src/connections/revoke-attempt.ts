import type { Method, Revoke, Service, Values } from '@cardea/catalog'
import { MINUTE, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { carriedOver, classOf, type Obtained, type Party, type Refreshing, renewalOf } from '../oauth/oauth.ts'
import { listOfSameClient } from '../store/revocations.ts'
import type { RevocationRow } from '../store/schema.ts'
import { discoveredOf } from './authorize/discovered.ts'
import type { Checks } from './check.ts'
import { methodOf } from './credential.ts'
import { ofFailure } from './outcome.ts'
import type { App, ConnectionsDeps } from './ports.ts'
import { prepare, publicPart } from './prepared.ts'
import type { Reason } from './reasons.ts'
import { createConfirm } from './revocation-confirm.ts'
import { isRefused, lacks, namesOf, needsApp } from './revocation-needs.ts'
import type { Evidence } from './revocation-seal.ts'
import { wouldDie } from './revocation-shared.ts'
import { type Why, wayOf } from './revocation-words.ts'

/**
 * One attempt to end a grant at its service, by the app that it was granted to and at the addresses that it was granted at. Promises: a
 * token is never shown to another app than that one, and nobody else's living connection dies with it. Everything that the service says
 * becomes a word of ours before it is written down: services quote what they were sent.
 */
export type Verdict =
  | {
      is: 'finished'
      state: Exclude<RevocationRow['state'], 'pending' | 'failed'>
      confirmed?: boolean
      why?: Reason | Why
    }
  | { is: 'again'; why: Reason | Why; comeBackAt?: number }
  /** Another attempt has begun since. */
  | { is: 'overtaken' }

export type Attempt = (
  row: RevocationRow,
  evidence: Evidence,
  /** Keeps what a renewal has brought, before anything is done with it. False: the attempt is not the newest any more. */
  keepRenewed: (secrets: Secrets, accessExpiresAt: number | null) => Promise<boolean>,
) => Promise<Verdict>

export interface AttemptDeps
  extends Pick<ConnectionsDeps, 'store' | 'clock' | 'services' | 'target' | 'oauth' | 'apps' | 'redirectUri'> {
  checks: Pick<Checks, 'ask'>
}

interface Prepared {
  party: Party
  how: Refreshing
  words: Revoke
  introspection: string | undefined
  base: number | null
  settings: Values
  learned: Values
}

const again = (why: Reason | Why, comeBackAt?: number): Verdict => ({
  is: 'again',
  why,
  ...(comeBackAt === undefined ? {} : { comeBackAt }),
})
const byHand = (why: Why | Reason): Verdict => ({ is: 'finished', state: 'by_hand', why })

export function createAttempt({
  store,
  clock,
  services,
  target,
  oauth,
  apps,
  redirectUri,
  checks,
}: AttemptDeps): Attempt {
  const confirm = createConfirm({ oauth, checks, clock })

  async function described(row: RevocationRow, { definition }: Evidence): Promise<[Service, Method] | undefined> {
    try {
      const service = definition ?? (await services.definition(row.workspace_id, row.provider, row.definition_version))
      return [service, methodOf(service, row)]
    } catch (error) {
      if (error instanceof Problem && error.code === 'service.not_found') return undefined
      throw error
    }
  }

  async function appOf(row: RevocationRow, evidence: Evidence): Promise<App | Why | undefined> {
    if (row.app_id === null) return undefined
    const app = evidence.app ?? (await apps?.find(row.workspace_id, row.app_id))
    if (!app) return 'app_gone'
    return row.app_generation === null || row.app_generation === app.generation ? app : 'app_changed'
  }

  async function othersWouldDie(row: RevocationRow, ends: NonNullable<Revoke['ends']>, clientId: string | undefined) {
    const others = await store.sweep((db) => listOfSameClient(db, row, clientId))
    // What was replaced ended within a connection that lives on, by the same account perhaps.
    const isItself = (id: string) => id === row.connection_id && row.because !== 'replaced'
    return others.some((other) => !isItself(other.id) && wouldDie(row, other, ends))
  }

  return async (row, evidence, keepRenewed) => {
    const known = await described(row, evidence)
    if (!known) return byHand('not_described')
    const [service, plain] = known
    const { settings, learned, base } = publicPart(row)
    const app = await appOf(row, evidence)
    try {
      const open = prepare(target, service, plain, { settings, learned, secrets: {} }).open
      const found = discoveredOf(plain, evidence.secrets)
      const method = found?.method ?? plain
      const way = wayOf(method, open)
      if (way.is === 'by_hand' || way.is === 'not_offered') return { is: 'finished', state: way.is }
      if (way.is === 'discovered') return byHand('nothing_to_show')
      const { words } = way
      if (typeof app === 'string' && needsApp(words, method)) return byHand(app)
      const mine = typeof app === 'string' ? undefined : app
      if (words.ends && (await othersWouldDie(row, words.ends, mine?.client.id ?? open.clientId))) {
        return { is: 'finished', state: 'kept_for_others' }
      }
      const secrets = { ...mine?.fields, ...evidence.secrets }
      // What was found out holds the id alone of a registered app, which has its secret still.
      const client = mine?.client ?? found?.client
      const to = redirectUri?.()
      const who = { ...(to ? { redirectUri: to } : {}), ...(client ? { client } : {}) }
      const party: Party = { service, method, open, secrets, ...who }
      const how = found?.resource ? { resource: found.resource } : {}
      const introspection = found?.introspection
      return await ended(row, { party, how, words, introspection, base, settings, learned }, mine, keepRenewed)
    } catch (error) {
      return said(row, mineOf(app), error)
    }
  }

  async function ended(
    row: RevocationRow,
    prepared: Prepared,
    app: App | undefined,
    keepRenewed: Parameters<Attempt>[2],
  ): Promise<Verdict> {
    const { words } = prepared
    let { party } = prepared
    let accessExpiresAt = row.access_expires_at
    let renewed = false
    const names = namesOf(words)
    const canRenew = () =>
      !renewed && names.has('accessToken') && Boolean(party.secrets.refreshToken) && canRefresh(party)

    // Some services end a grant only for whoever comes with a living access token, and say yes to anybody with a dead one.
    const renew = async (): Promise<Verdict | undefined> => {
      renewed = true
      let obtained: Obtained
      try {
        // The connection has ended: no renewal of it can be presenting this token, nor begin to.
        obtained = await oauth.refresh(party, prepared.how)
      } catch (error) {
        if (classOf(error) === 'grant_dead') return { is: 'finished', state: 'gone', confirmed: true }
        return said(row, app, error)
      }
      const secrets = carriedOver(party.secrets, obtained)
      accessExpiresAt = typeof obtained.life === 'object' ? obtained.life.expiresAt : null
      party = { ...party, secrets }
      return (await keepRenewed(without(secrets, app?.fields), accessExpiresAt)) ? undefined : { is: 'overtaken' }
    }

    const { accessToken } = party.secrets
    const isStale = !accessToken || (accessExpiresAt !== null && accessExpiresAt <= clock.now() + 30 * SECOND)
    if (isStale && canRenew()) {
      const instead = await renew()
      if (instead) return instead
    }
    if (lacks(names, party.secrets)) return byHand('nothing_to_show')

    let asked = await oauth.revoke(party)
    if (isRefused(asked, words) && canRenew()) {
      const instead = await renew()
      if (instead) return instead
      asked = await oauth.revoke(party)
    }
    if (asked.outcome === 'not_offered') return { is: 'finished', state: 'not_offered' }
    if (asked.outcome === 'failed' && !isRefused(asked, words)) return said(row, app, asked.failure)
    if (app) await apps?.accepted(row.workspace_id, app.id)
    const state = asked.outcome === 'ended' ? ('done' as const) : ('gone' as const)
    const { introspection, base, settings, learned } = prepared
    const { service, method, secrets } = party
    const open = { ...party.open, ...(app && party.open.clientId === undefined ? { clientId: app.client.id } : {}) }
    const own = { service, method, settings, learned, open, secrets, ...(base === null ? {} : { base }) }
    const afterwards = await confirm({ prepared: own, party, introspection, accessExpiresAt })
    if (state === 'gone' && afterwards === 'accepted') return again('still_accepted')
    return { is: 'finished', state, confirmed: afterwards === 'refused' }
  }

  /** What went wrong, in a word of ours. */
  async function said(row: RevocationRow, app: App | undefined, error: unknown): Promise<Verdict> {
    if (error instanceof Problem && error.code === 'oauth.client_incomplete') return byHand('cannot_be_sent')
    if (error instanceof Problem && error.code === 'oauth.discovery_failed') return again('unexpected_answer')
    const plain = ofFailure(error, false)
    if (!plain) throw error
    const values = error instanceof Problem ? error.values : {}
    if (classOf(error) === 'client_misconfigured' && app && row.workspace_id === row.of_workspace) {
      const description = typeof values.description === 'string' ? { description: values.description } : {}
      await apps?.refused(row.workspace_id, app.id, { error: String(values.error), ...description })
    }
    if (values.error === 'unsupported_token_type') return byHand('not_taken')
    if (plain.trouble === 'cannot_be_sent') return byHand('cannot_be_sent')
    return again(plain.trouble ?? 'unexpected_answer', plain.comeBackAt)
  }
}

/** Longer than everything that one attempt may ask for, one after the other. */
export const LONGEST_ATTEMPT = 5 * MINUTE

function mineOf(app: App | Why | undefined): App | undefined {
  return typeof app === 'string' ? undefined : app
}

function canRefresh(party: Party): boolean {
  return renewalOf(party) === 'refresh'
}

/** Secrets of the app are fetched each time, and not kept with the token. */
function without(secrets: Secrets, others: Secrets | undefined): Secrets {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => !others || !Object.hasOwn(others, name)))
}
