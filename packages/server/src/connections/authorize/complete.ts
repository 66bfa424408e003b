import type { Caller } from '../../actor.ts'
import { Problem } from '../../errors.ts'
import type { Obtained } from '../../oauth/oauth.ts'
import { changeConnection, findConnection } from '../../store/connections.ts'
import { settleFlow } from '../../store/oauth-flows.ts'
import type { ConnectionRow, OauthFlowRow } from '../../store/schema.ts'
import type { Db } from '../../store/store.ts'
import type { Beginnings, Created } from '../begin.ts'
import { hasCheck } from '../check.ts'
import type { PageFinish } from '../connect-finish.ts'
import type { Examined } from '../examine.ts'
import type { House } from '../house.ts'
import { textsOf } from '../prepared.ts'
import { type Granted, grantedBy } from '../refresh/granted.ts'
import { factsOf, renewedAsBefore } from './flow-facts.ts'
import type { FlowResult } from './flow-result.ts'
import type { Flows } from './flows.ts'
import type { LetGo } from './let-go.ts'
import { type Look, refuseUseless } from './look.ts'
import type { Standing } from './parties.ts'
import type { Reauthorize } from './reauthorize.ts'
import type { Kept } from './sealed.ts'

/**
 * From what a service gave to a connection: looks whose it is, asks where somebody has to decide, and then writes connection, grant and flow
 * in one transaction. A flow that was claimed ends here in one way or another.
 */
export type Complete = (
  flow: OauthFlowRow,
  kept: Kept & { obtained: Obtained },
  caller: Caller,
  answers: Answers,
) => Promise<OauthFlowRow>

export interface Answers {
  choice?: string | undefined
  acceptsOtherAccount?: boolean | undefined
  /** The one that began it has proved that it is still the same. */
  confirmed?: boolean | undefined
}

/** What the hosted page adds, where it is a step of that. */
export type PageEnd = (flow: OauthFlowRow, caller: Caller) => Promise<PageFinish | undefined>

export function createComplete(
  house: House,
  parts: {
    flows: Flows
    look: Look
    beginnings: Beginnings
    reauthorize: Reauthorize
    standingOf: (flow: OauthFlowRow, kept: Kept) => Promise<Standing>
    pageEnd: PageEnd
    letGo: LetGo
  },
): Complete {
  const { store, clock, apps, mayConnect } = house
  const { flows, look, beginnings, reauthorize, standingOf, pageEnd, letGo } = parts

  async function completed(
    flow: OauthFlowRow,
    kept: Kept & { obtained: Obtained },
    caller: Caller,
    answers: Answers,
  ): Promise<OauthFlowRow> {
    const of = await standingOf(flow, kept)
    const before = await connectionOf(flow)
    const choice = answers.choice ?? kept.choice
    const accepts = answers.acceptsOtherAccount === true || kept.acceptsOtherAccount === true
    const { found, prepared } = await look(flow, of, kept, { choice, before: accepts ? undefined : before })
    const result = factsOf(flow, of, kept.obtained, found)
    const asks = (what: NonNullable<FlowResult['asks']>['what'], choices: string[] = []) => {
      const again: Kept = {
        ...kept,
        ...(choice === undefined ? {} : { choice }),
        ...(accepts ? { acceptsOtherAccount: true } : {}),
      }
      return flows.ask(flow, again, { ...result, asks: { what, choices, before: before?.account_label ?? null } })
    }
    if (found.problem?.code === 'connection.choice_needed') {
      return asks('choice', (found.problem.values.choices ?? []) as string[])
    }
    refuseUseless(found)
    if (before && isOther(before, found) && !accepts) return asks('other_account')
    const waitsForStarter = flow.kind === 'browser' && flow.bound_by === 'starter' && answers.confirmed !== true
    if (waitsForStarter) return asks('confirmation')

    const scopes = result.granted
    const finished = (db: Db, connection: ConnectionRow, more: FlowResult = {}) =>
      finish(db, flow, connection.id, { ...result, ...more })
    if (before) {
      const { row, isCarried } = await reauthorize(caller, before, {
        flow,
        of,
        kept,
        found,
        hasCheck: hasCheck(prepared),
        scopes,
        missing: result.missing ?? [],
        also: (db, after, carried) => finished(db, after, carried ? renewedAsBefore(result) : {}),
      })
      return over(flow, row, isCarried ? renewedAsBefore(result) : result, of)
    }
    const created = await connected(flow, of, caller, {
      found,
      prepared,
      granted: grantedBy(of.described, kept.fields, kept.obtained),
      scopes,
      missing: result.missing ?? [],
      finished,
    })
    return over(flow, created.row, { ...result, duplicateOf: created.duplicateOf ?? null }, of)
  }

  async function connected(
    flow: OauthFlowRow,
    of: Standing,
    caller: Caller,
    {
      found,
      prepared,
      granted,
      scopes,
      missing,
      finished,
    }: {
      found: Examined
      prepared: Parameters<typeof hasCheck>[0]
      granted: Granted
      scopes: string[] | undefined
      missing: string[]
      finished(db: Db, row: ConnectionRow, more?: FlowResult): Promise<void>
    },
  ): Promise<Created> {
    const { workspace_id: workspaceId, provider, method: methodName, visibility } = flow
    const facts = {
      workspaceId,
      does: 'connect' as const,
      provider,
      method: methodName,
      visibility,
      skipsTest: false,
      scopes: scopes ?? null,
    }
    const page = await pageEnd(flow, caller)
    const label = found.account && [...found.account.label].slice(0, 100).join('')
    const row = await beginnings.begin(
      caller,
      {
        provider,
        definitionVersion: flow.definition_version,
        methodName,
        method: of.method,
        name: flow.name ?? label ?? of.service.name,
        visibility,
        settings: textsOf(flow.settings),
        ...(flow.app_id === null ? {} : { appId: flow.app_id }),
      },
      (db) => mayConnect(caller, facts, db),
    )
    const done = beginnings.finish(caller, row, {
      secrets: granted.lasting,
      granted: { granted, app: of.app },
      found,
      hasCheck: hasCheck(prepared),
      ...(scopes ? { scopes } : {}),
      missingScopes: missing,
      ...(page?.heldUntil === undefined ? {} : { heldUntil: page.heldUntil }),
      also: async (db, created) => {
        await finished(db, created.row, { duplicateOf: created.duplicateOf ?? null })
        await page?.also(db, created)
      },
    })
    return done.catch(async (error: unknown) => {
      // What it was given goes with the next round of housekeeping, and not when nobody finishes it.
      await store.within({ workspaceId }, (db) => changeConnection(db, row, { purge_at: clock.now() }))
      throw error
    })
  }

  /** In the transaction that makes the connection: where the flow was withdrawn or given up meanwhile, neither is written. */
  async function finish(db: Db, flow: OauthFlowRow, connectionId: string, result: FlowResult): Promise<void> {
    const change = {
      state: 'done' as const,
      connection_id: connectionId,
      sealed: null,
      result: JSON.stringify(result),
      finished_at: clock.now(),
    }
    if (!(await settleFlow(db, flow, change))) throw new Problem('flow.cancelled')
  }

  async function over(flow: OauthFlowRow, row: ConnectionRow, result: FlowResult, { app }: Standing) {
    if (app) await apps?.accepted(flow.workspace_id, app.id)
    return { ...flow, state: 'done' as const, connection_id: row.id, result: JSON.stringify(result), sealed: null }
  }

  async function connectionOf({ purpose, workspace_id, connection_id }: OauthFlowRow) {
    if (purpose !== 'reauthorize' || connection_id === null) return undefined
    const row = await store.within({ workspaceId: workspace_id }, (db) =>
      findConnection(db, workspace_id, connection_id),
    )
    if (!row) throw new Problem('connection.not_found')
    return row
  }

  return async (flow, kept, caller, answers) => {
    try {
      return await completed(flow, kept, caller, answers)
    } catch (error) {
      await letGo(flow, kept)
      if (!(error instanceof Problem)) {
        await flows.fail(flow, new Problem('server.fault'))
        throw error
      }
      return flows.fail(flow, error)
    }
  }
}

/** Nobody must find somebody else's account where theirs was. Where it cannot be read, it is taken for another. */
function isOther({ account_id }: ConnectionRow, { account }: Examined): boolean {
  if (account_id === null) return false
  if (!account) throw new Problem('flow.account_unread')
  return account.id !== account_id
}
