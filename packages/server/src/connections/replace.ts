import type { Method } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { learnFrom, lookupsOf } from '../oauth/oauth.ts'
import { type ConnectionChange, lockConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { createBorrow } from './borrowed.ts'
import { hasCheck } from './check.ts'
import { methodOf } from './credential.ts'
import { readEntered } from './entered.ts'
import type { Examined } from './examine.ts'
import type { House } from './house.ts'
import type { ObtainedKey } from './obtained.ts'
import { kindOf, type Prepared, prepare, textsOf } from './prepared.ts'
import { refuseUnchosen, type Tests } from './test.ts'

export interface Replacement {
  settings?: Readonly<Record<string, string>> | undefined
  credential: Readonly<Record<string, string>>
  choice?: string | undefined
  skipTest: boolean
}

/**
 * Another credential for a connection that stays the same one. It is entered whole: settings say where a credential is sent, and one that
 * was stored must not be sent where somebody else has just pointed it. Kept under the definition that the connection was made with.
 */
export type Replace = (
  caller: Caller,
  row: ConnectionRow,
  replacement: Replacement,
  also: { change: ConnectionChange; fields: readonly string[] },
) => Promise<ConnectionRow>

export function createReplace(house: House, tests: Tests): Replace {
  const { store, clock, log, services, target, keep, tokens, settle, epochs, accountKeys, mayConnect } = house
  const { examine, observe } = house
  const borrow = createBorrow(house.apps)
  return async (caller, row, { settings, credential, choice, skipTest }, { change, fields }) => {
    const workspaceId = row.workspace_id
    const { provider, method: methodName, visibility } = row
    const service = await services.definition(workspaceId, provider, row.definition_version)
    const method = methodOf(service, row)
    if (kindOf(method) === 'granted') throw new Problem('connection.method_needs_browser', { method: methodName })
    const before = textsOf(row.settings)
    const entered = readEntered(service, method, { settings: settings ?? before, credential }, before)
    await mayConnect(caller, {
      does: 'replace',
      workspaceId,
      provider,
      method: methodName,
      visibility,
      skipsTest: skipTest,
    })
    // Throws for what could not be sent, before anything is overwritten.
    const learned = learnFrom(service, method, {}, entered.secrets)
    const prepared = prepare(target, service, method, {
      settings: entered.settings,
      learned,
      secrets: { ...(await borrow(row, service, method)), ...entered.secrets },
    })

    const version = await keep.put(workspaceId, row.id, entered.secrets)
    const examined = await orTakenBack(row, version, () =>
      skipTest || !offersChoices(method) ? undefined : chosen(prepared, { connectionId: row.id, version }, choice),
    )
    const write = async (db: Db) => {
      const now = await lockConnection(db, workspaceId, row.id)
      if (!now) throw new Problem('connection.not_found')
      if (now.credential_version !== row.credential_version) throw new Problem('connection.changed_meanwhile')
      return settle(
        db,
        now,
        {
          ...change,
          credential_version: version,
          settings: JSON.stringify(entered.settings),
          learned: JSON.stringify(learned),
          base: null,
          verdict: 'unknown',
          verdict_at: null,
          trouble: null,
          trouble_since: null,
          attempts: 0,
          expires_at: null,
          purge_at: null,
          account_key: accountKeys.ofCredential(row, entered.secrets),
          account_id: null,
          account_label: null,
          account_team: null,
          connected_at: clock.now(),
          updated_at: clock.now(),
          next_check_at: clock.now(),
        },
        {
          ends: true,
          events: ['connection.credential_replaced'],
          audit: {
            event: 'connection.updated',
            caller,
            risk: 'high',
            detail: { fields: [...fields, ...changedFields(settings)] },
          },
        },
      )
    }
    const after = await orTakenBack(row, version, () => store.within({ workspaceId }, write))
    epochs.changed(after.id, after.epoch)
    if (!examined) tokens.forget(row.id)
    await dropOld(row, version)
    if (skipTest) return after
    const looked = examined
      ? await observe({
          workspaceId,
          connectionId: row.id,
          version,
          outcome: examined.outcome,
          hasCheck: hasCheck(prepared),
          examined,
        })
      : (await tests.examineStored(after)).row
    return looked ?? after
  }

  /** Looked at before it takes the place of the old one: which of several places it is for, only whoever enters it can say. */
  async function chosen(prepared: Prepared, key: ObtainedKey, choice: string | undefined): Promise<Examined> {
    const examined = await examine(prepared, { obtain: (of) => tokens.get(key, of), choice })
    refuseUnchosen(examined)
    return examined
  }

  /** Whoever is refused, or comes second, takes back what they put. */
  async function orTakenBack<T>(row: ConnectionRow, version: number, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      tokens.forget(row.id)
      await keep.drop(row.workspace_id, row.id, version, version + 1)
      throw error
    }
  }

  async function dropOld(row: ConnectionRow, version: number): Promise<void> {
    try {
      await keep.drop(row.workspace_id, row.id, row.credential_version, version)
    } catch (error) {
      // It is named by no row any more, and goes with the connection at the latest.
      log.warn('a credential that was replaced could not be deleted yet', { connection: row.id, error })
    }
  }
}

function offersChoices(method: Method): boolean {
  return lookupsOf(method).some(({ lookup }) => lookup.list !== undefined)
}

function changedFields(settings: Replacement['settings']): string[] {
  return ['credential', ...(settings ? ['settings'] : [])]
}
