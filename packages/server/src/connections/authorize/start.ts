import { actorId, type Caller } from '../../actor.ts'
import { MINUTE } from '../../clock.ts'
import { mintToken } from '../../crypto/token.ts'
import { Problem } from '../../errors.ts'
import { newId } from '../../ids.ts'
import type { Secret } from '../../secret.ts'
import { createFlow } from '../../store/oauth-flows.ts'
import type { ConnectSessionRow, OauthFlowRow } from '../../store/schema.ts'
import { ownerOf, workspaceOf } from '../access.ts'
import { signedIn } from '../connect-actors.ts'
import type { House } from '../house.ts'
import { readFlowReturn } from '../return-addresses.ts'
import type { Complete } from './complete.ts'
import type { Depart } from './depart.ts'
import { againstApp, ofExchange } from './failures.ts'
import { problemFrom, resultOf } from './flow-result.ts'
import type { Flows } from './flows.ts'
import type { Intent, NewFlow, ReadIntent } from './intent.ts'
import type { StandingOf } from './parties.ts'
import type { Kept } from './sealed.ts'

/** Who completes what is begun. */
export type Binding =
  /** The browser that began, while the same person is signed in there. */
  | { by: 'browser'; returnTo?: string | undefined }
  /** A command line or an app: in a browser where its member is signed in, and then by what only it was given. */
  | { by: 'starter'; returnTo?: string | undefined }
  /** A visit to the hosted page, in the browser that the page was given to. */
  | { by: 'page'; session: ConnectSessionRow; browserHash: string; link: Secret }

export interface Started {
  flow: OauthFlowRow
  /** For the cookie of this browser. */
  browser: Secret | undefined
  starterSecret: Secret | undefined
  /** Where the browser goes: to the service itself … */
  address: string | undefined
  /** … or by a link of ours, which says first what it is about. */
  link: Secret | undefined
}

export type Start = (caller: Caller, input: NewFlow, binding: Binding) => Promise<Started>

const LIFETIME = 10 * MINUTE

export function createStart(
  house: House,
  parts: { flows: Flows; readIntent: ReadIntent; standingOf: StandingOf; depart: Depart; complete: Complete },
): Start {
  const { store, clock, oauth, apps } = house
  const { flows, readIntent, standingOf, depart, complete } = parts

  return async (caller, input, binding) => {
    const workspaceId = workspaceOf(caller)
    const redirectUri = house.redirectUri?.() ?? ''
    const intent = await readIntent(caller, input, redirectUri)
    refuseUnattended(caller, intent, binding)
    const bound = boundTo(binding, intent)
    const returnTo = binding.by === 'page' ? undefined : binding.returnTo
    const return_address =
      returnTo === undefined
        ? null
        : await store.within({ workspaceId }, (db) => readFlowReturn(db, workspaceId, returnTo))
    const kept: Kept = {
      redirectUri,
      fields: intent.fields,
      ...intent.facts,
      ...(binding.by === 'page' ? { page: binding.link } : {}),
    }
    const row: OauthFlowRow = {
      ...rowOf(caller, intent, clock.now()),
      ...bound.columns,
      return_address,
      session_id: binding.by === 'page' ? binding.session.id : null,
    }
    const none = { browser: bound.browser, starterSecret: bound.starter, address: undefined, link: undefined }
    if (intent.kind === 'direct') return { ...none, flow: await direct(caller, row, kept) }
    if (intent.kind === 'device') return { ...none, flow: await onDevice(row, kept) }
    if (binding.by === 'starter') {
      const { token, hash } = mintToken('go')
      const flow = { ...row, link_hash: hash, sealed: await flows.seal(row, kept) }
      await store.within({ workspaceId }, (db) => createFlow(db, flow))
      return { ...none, flow, link: token }
    }
    const { address, change } = await depart(row, kept)
    const flow = { ...row, ...change }
    await store.within({ workspaceId }, (db) => createFlow(db, flow))
    return { ...none, flow, address }
  }

  async function direct(caller: Caller, row: OauthFlowRow, kept: Kept): Promise<OauthFlowRow> {
    const flow: OauthFlowRow = { ...row, state: 'claimed', claimed_at: clock.now() }
    const of = await standingOf(flow, kept)
    await store.within({ workspaceId: row.workspace_id }, (db) => createFlow(db, flow))
    let obtained: Kept['obtained']
    try {
      obtained = await oauth.obtain(of.party)
    } catch (error) {
      const failure = await told(flow, error, of.app?.id)
      await flows.fail(flow, failure instanceof Problem ? failure : new Problem('server.fault'))
      throw failure
    }
    const after = await complete(flow, { ...kept, obtained }, caller, {})
    // Nobody is waited for, so that whoever asks can be told at once.
    if (after.state === 'failed') throw failureOf(after)
    return after
  }

  async function onDevice(row: OauthFlowRow, kept: Kept): Promise<OauthFlowRow> {
    const of = await standingOf(row, kept)
    const start = await oauth.startDevice(of.party).catch(async (error: unknown) => {
      throw await told(row, error, of.app?.id)
    })
    const { deviceCode, userCode, verificationUri, intervalSeconds, expiresAt } = start
    const flow: OauthFlowRow = {
      ...row,
      user_code: userCode,
      verification_uri: verificationUri,
      interval_seconds: intervalSeconds,
      // Whoever has just been shown a code has not typed it yet.
      polled_at: clock.now(),
      expires_at: expiresAt,
      sealed: await flows.seal(row, { ...kept, deviceCode }),
    }
    await store.within({ workspaceId: row.workspace_id }, (db) => createFlow(db, flow))
    return flow
  }

  async function told(row: OauthFlowRow, error: unknown, appId: string | undefined): Promise<unknown> {
    const against = appId === undefined ? undefined : againstApp(error)
    if (against) await apps?.refused(row.workspace_id, appId!, against)
    return ofExchange(error, appId !== undefined)
  }
}

/** Consent is given by a person, where they are signed in: a link that completed for whoever opens it would be phishing. */
function refuseUnattended(caller: Caller, { kind }: Intent, { by }: Binding): void {
  if (kind !== 'browser' || by === 'page') return
  const { actor } = caller
  if (by === 'starter' && actor.kind !== 'person' && actor.kind !== 'operator') throw new Problem('flow.needs_person')
  if (by === 'browser' && !signedIn(caller)) throw new Problem('flow.needs_browser')
}

function boundTo(binding: Binding, { kind }: Intent) {
  if (binding.by === 'page') {
    const columns = { bound_by: 'browser' as const, browser_hash: binding.browserHash }
    return { columns, browser: undefined, starter: undefined }
  }
  // Where no browser of ours comes in, whoever began it is the one who reads what came of it.
  if (kind !== 'browser') return { columns: { bound_by: binding.by }, browser: undefined, starter: undefined }
  if (binding.by === 'browser') {
    const { token, hash } = mintToken('browser')
    return { columns: { bound_by: 'browser' as const, browser_hash: hash }, browser: token, starter: undefined }
  }
  const { token, hash } = mintToken('starter')
  return { columns: { bound_by: 'starter' as const, starter_hash: hash }, browser: undefined, starter: token }
}

function rowOf(caller: Caller, intent: Intent, now: number): OauthFlowRow {
  const { connection, app } = intent
  return {
    id: newId('flow'),
    workspace_id: workspaceOf(caller),
    purpose: intent.purpose,
    kind: intent.kind,
    bound_by: 'browser',
    state_hash: null,
    link_hash: null,
    browser_hash: null,
    starter_hash: null,
    ...ownerOf(caller),
    owner_id: actorId(caller.actor),
    session_id: null,
    connection_id: connection?.id ?? null,
    provider: intent.provider,
    definition_version: intent.definitionVersion,
    method: intent.methodName,
    app_id: app?.id ?? null,
    app_generation: app?.generation ?? null,
    name: intent.name ?? null,
    visibility: intent.visibility,
    settings: JSON.stringify(intent.settings),
    scopes: JSON.stringify(intent.scopes ?? []),
    new_scopes: JSON.stringify(intent.newScopes),
    sealed: null,
    return_address: null,
    user_code: null,
    verification_uri: null,
    interval_seconds: null,
    polled_at: null,
    state: 'open',
    claimed_at: null,
    result: null,
    created_at: now,
    finished_at: null,
    expires_at: now + LIFETIME,
  }
}

function failureOf(flow: OauthFlowRow): Problem {
  const { problem } = resultOf(flow)
  return problem ? problemFrom(problem) : new Problem('server.fault')
}
