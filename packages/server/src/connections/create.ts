import type { Method, Service } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { HOUR } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { changeConnection, createConnection, listSameAccount, lockConnection } from '../store/connections.ts'
import type { ConnectionRow } from '../store/schema.ts'
import { ownerOf, sightOf, workspaceOf } from './access.ts'
import { hasCheck } from './check.ts'
import { readEntered, readLabel } from './entered.ts'
import type { Examined } from './examine.ts'
import type { House } from './house.ts'
import { kindOf, type Prepared, prepare } from './prepared.ts'
import { reasons } from './reasons.ts'
import { searchText } from './settle.ts'
import { learnedFrom, nextCheckAt, type Outcome, spreadOf } from './state.ts'

/** What a person sends who connects an account by something they have: keys, a password, a file. */
export interface NewConnection {
  provider: string
  method?: string | undefined
  name?: string | undefined
  settings?: Readonly<Record<string, string>> | undefined
  credential?: Readonly<Record<string, string>> | undefined
  visibility?: ConnectionRow['visibility'] | undefined
  /** Which of several places that the account reaches. */
  choice?: string | undefined
  skipTest: boolean
}

export interface Created {
  row: ConnectionRow
  /** One that the caller can see and that belongs to the same account. */
  duplicateOf: { id: string; name: string } | undefined
}

/** A row that was begun and never finished goes after this. */
const UNFINISHED = HOUR

export function createCreate(house: House): (caller: Caller, input: NewConnection) => Promise<Created> {
  const { store, clock, services, target, keep, tokens, examine, settle, accountKeys, mayConnect } = house

  return async (caller, input) => {
    const workspaceId = workspaceOf(caller)
    const { definition: service, version: definitionVersion } = await services.get(workspaceId, input.provider)
    const [methodName, method] = chosenMethod(service, input, clock.now())
    const { provider, visibility = 'private', skipTest } = input
    const facts = {
      workspaceId,
      provider,
      method: methodName,
      visibility,
      skipsTest: skipTest,
      does: 'connect' as const,
    }
    const label = input.name === undefined ? undefined : readLabel(input.name, 'name')
    const entered = readEntered(service, method, input)
    await mayConnect(caller, facts)
    const id = newId('conn')
    const prepared = prepare(target, service, method, {
      settings: entered.settings,
      learned: {},
      secrets: entered.secrets,
    })
    const found = await lookedAt(prepared, id, input)
    refuseRejected(found)

    const now = clock.now()
    const key = found.account
      ? accountKeys.ofAccount({ workspace_id: workspaceId, provider }, found.account.id)
      : accountKeys.ofCredential({ workspace_id: workspaceId, provider }, entered.secrets)
    const name = label ?? found.account?.label.slice(0, 100) ?? service.name
    const row: ConnectionRow = {
      ...emptyRow,
      id,
      workspace_id: workspaceId,
      provider,
      definition_version: definitionVersion,
      method: methodName,
      auth_type: method.type,
      name,
      ...ownerOf(caller),
      visibility,
      settings: JSON.stringify(entered.settings),
      learned: JSON.stringify(found.learned),
      base: found.base ?? null,
      account_id: found.account?.id ?? null,
      account_label: found.account?.label ?? null,
      account_team: found.account?.team ?? null,
      account_key: key,
      search: '',
      created_at: now,
      updated_at: now,
      purge_at: now + UNFINISHED,
    }
    row.search = searchText(row)
    await store.within({ workspaceId }, async (db) => {
      await mayConnect(caller, facts, db)
      await createConnection(db, row)
    })
    const version = await putOrUndo(row, entered.secrets)

    const learned =
      found.outcome && learnedFrom({ ...row, credential_version: version }, found.outcome, now, hasCheck(prepared))
    const change = {
      ...learned?.change,
      credential_version: version,
      connected_at: now,
      ...(found.outcome ? { checked_at: now } : {}),
      ...(found.outcome && found.outcome.is !== 'trouble' ? { last_success_at: now } : {}),
      purge_at: null,
    }
    const next = nextCheckAt({ ...row, ...change }, now, spreadOf(id), found.outcome?.comeBackAt)
    return store.within({ workspaceId }, async (db) => {
      const before = await lockConnection(db, workspaceId, id)
      if (!before) throw new Problem('connection.not_found')
      const same = await listSameAccount(db, before)
      const duplicate = same.find((other) => sightOf(caller, { ...other, owner_kind: row.owner_kind }) === 'full')
      const after = await settle(
        db,
        before,
        { ...change, next_check_at: next },
        {
          events: ['connection.created'],
          audit: {
            event: 'connection.created',
            caller,
            detail: { provider, method: methodName, visibility, tested: !skipTest },
          },
        },
      )
      return { row: after, duplicateOf: duplicate && { id: duplicate.id, name: duplicate.name } }
    })
  }

  async function lookedAt(
    prepared: Prepared,
    connectionId: string,
    { skipTest, choice }: NewConnection,
  ): Promise<Omit<Examined, 'outcome'> & { outcome?: Outcome }> {
    if (skipTest) return { learned: {} }
    return examine(prepared, {
      obtain: (of) => tokens.get({ connectionId, version: 1 }, of),
      choice,
    })
  }

  async function putOrUndo(row: ConnectionRow, secrets: Parameters<typeof keep.put>[2]): Promise<number> {
    try {
      return await keep.put(row.workspace_id, row.id, secrets)
    } catch (error) {
      // What is left of it goes with the next round of housekeeping.
      await store.within({ workspaceId: row.workspace_id }, (db) =>
        changeConnection(db, row, { purge_at: clock.now() }),
      )
      throw error
    }
  }
}

/** What can be mended by entering something else is refused; what only time mends is stored. */
function refuseRejected({ outcome, problem }: { outcome?: Outcome; problem?: Problem }): void {
  if (outcome?.is === 'trouble' && outcome.trouble && MISTAKES.has(outcome.trouble) && problem) throw problem
  if (outcome?.is !== 'rejected' && outcome?.is !== 'ended') return
  const reason = outcome.is === 'rejected' ? 'credential_rejected' : 'grant_ended'
  const { sentence } = reasons[reason]
  throw new Problem('connection.test_refused', {
    sentence,
    todo: 'Correct it and send it again; with skip_test=true it is stored without being tried.',
    reason,
  })
}

const MISTAKES: ReadonlySet<string> = new Set(['cannot_be_sent', 'address_not_allowed'])

export function chosenMethod(
  service: Service,
  input: Pick<NewConnection, 'provider' | 'method'>,
  now: number,
): [string, Method] {
  const { provider } = input
  const own = Object.entries(service.auth).filter(([, method]) => kindOf(method) !== 'granted')
  const name = input.method ?? (own.length === 1 ? own[0]![0] : '')
  const method = Object.hasOwn(service.auth, name) ? service.auth[name] : undefined
  if (!method) {
    throw new Problem('connection.method_unknown', {
      provider,
      method: name.slice(0, 100),
      methods: Object.keys(service.auth),
    })
  }
  if (method.app) throw new Problem('connection.method_needs_app', { method: name })
  if (kindOf(method) === 'granted') throw new Problem('connection.method_needs_browser', { method: name })
  const since = method.retires && (method.retires.closes ?? method.retires.on)
  if (since && Date.parse(since) <= now) {
    throw new Problem('connection.method_retired', { method: name, since, use: method.retires!.use })
  }
  return [name, method]
}

const emptyRow = {
  status: 'pending',
  health: 'untested',
  reason: 'not_finished',
  scopes: null,
  app_id: null,
  credential_versions: 0,
  credential_version: 0,
  verdict: 'unknown',
  verdict_at: null,
  trouble: null,
  trouble_since: null,
  attempts: 0,
  epoch: 1,
  connected_at: null,
  last_used_at: null,
  last_success_at: null,
  checked_at: null,
  next_check_at: null,
  expires_at: null,
  paused_at: null,
  deleted_at: null,
} as const
