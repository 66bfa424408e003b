import type { Service } from '@cardea/catalog'
import { requirementOf } from '../../src/apps/requirement.ts'
import { connect, createCaller, type TravelClock } from '../../src/conformance/conformance.ts'
import { createKeep } from '../../src/connections/keep.ts'
import { grantedBy, newGrant } from '../../src/connections/refresh/granted.ts'
import { newId } from '../../src/ids.ts'
import { Secret } from '../../src/secret.ts'
import { needsApp } from '../../src/services/services.ts'
import type { Simulator } from '../../src/simulate/simulate.ts'
import { putGrant } from '../../src/store/connection-grants.ts'
import { changeConnection, createConnection, getConnection } from '../../src/store/connections.ts'
import type { ConnectionRow } from '../../src/store/schema.ts'
import type { Browser } from '../app.ts'
import type { World } from './world.ts'

export interface GrantedOptions {
  account?: Partial<Pick<ConnectionRow, 'account_id' | 'account_label' | 'account_team'>>
  visibility?: ConnectionRow['visibility']
  ownerId?: string
  appId?: string
  /** Filed under the deployment, for every workspace. */
  shared?: boolean
  /** By which the simulator goes too: on another device time has to pass. */
  clock: TravelClock
}

export interface GrantedConnection {
  row: ConnectionRow
  appId: string | null
  /** Every secret that it was given, to be looked for where none may be. */
  secrets: string[]
}

const operator = (workspaceId?: string) => ({
  actor: { kind: 'operator' as const, ...(workspaceId ? { workspaceId } : {}) },
  requestId: 'req_test',
  ip: '',
})

/** A connection whose tokens a simulated service has really given: somebody consented, and the code was exchanged. */
export async function grantedConnection(
  here: World,
  of: Pick<Browser, 'workspaceId'>,
  simulator: Simulator,
  service: Service,
  [provider, methodName]: readonly [string, string],
  options: GrantedOptions,
): Promise<GrantedConnection> {
  const { app } = here.app
  const { workspaceId } = of
  const method = service.auth[methodName]!
  const { account } = simulator
  const caller = createCaller(service, method, simulator, options.clock)
  await connect(caller)
  const obtained = { ...caller.state.last!, secrets: defined(caller.state.obtained) }
  const fields = Object.fromEntries(Object.entries(account.fields).map(([name, text]) => [name, Secret.of(text!)]))
  const granted = grantedBy(method, fields, obtained)
  const appId =
    options.appId ??
    (needsApp(method) ? await register(here, workspaceId, simulator, service, [provider, methodName], options) : null)
  const known = appId === null ? undefined : await app.apps.find(workspaceId, appId)
  const now = app.clock.now()
  const row: ConnectionRow = {
    id: newId('conn'),
    workspace_id: workspaceId,
    provider,
    definition_version: 0,
    method: methodName,
    auth_type: method.type,
    name: 'granted',
    owner_kind: 'person',
    owner_id: options.ownerId ?? 'usr_somebody',
    visibility: options.visibility ?? 'workspace',
    status: 'active',
    health: 'ok',
    reason: null,
    settings: JSON.stringify(account.settings),
    learned: JSON.stringify(caller.state.learned),
    base: null,
    scopes: null,
    missing_scopes: null,
    app_id: appId,
    account_id: 'account-1',
    account_label: 'somebody',
    account_team: null,
    ...options.account,
    account_key: null,
    search: 'granted',
    credential_versions: 0,
    credential_version: 0,
    verdict: 'accepted',
    verdict_at: now,
    trouble: null,
    trouble_since: null,
    attempts: 0,
    epoch: 1,
    tenure: 1,
    created_at: now,
    updated_at: now,
    connected_at: now,
    last_used_at: null,
    last_success_at: now,
    checked_at: now,
    next_check_at: null,
    expires_at: null,
    paused_at: null,
    paused_by: null,
    ended_by: null,
    idle_since: null,
    deleted_at: null,
    purge_at: null,
  }
  const keep = createKeep(app)
  await app.store.within({ workspaceId }, (db) => createConnection(db, row))
  const version = await keep.put(workspaceId, row.id, granted.lasting, granted.access)
  const after = await app.store.within({ workspaceId }, async (db) => {
    await changeConnection(db, row, { credential_version: version })
    await putGrant(db, newGrant(row, method, granted, { now, appGeneration: known?.generation }))
    return getConnection(db, workspaceId, row.id)
  })
  const secrets = [...Object.values(granted.lasting), ...Object.values(granted.access)].map((secret) => secret.reveal())
  return { row: after, appId, secrets }
}

async function register(
  here: World,
  workspaceId: string,
  { account }: Simulator,
  service: Service,
  [provider, methodName]: readonly [string, string],
  { shared }: GrantedOptions,
): Promise<string> {
  const { apps } = here.app.app
  const wanted = requirementOf(service, [methodName])
  const own = Object.fromEntries(
    Object.keys(wanted.settings).flatMap((name) => {
      const value = account.settings[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const isPublic = wanted.clientAuth.length > 0 && wanted.clientAuth.every((auth) => auth === 'none')
  const given = {
    provider,
    methods: [methodName],
    ...(wanted.takesClient ? { clientId: account.app.clientId } : {}),
    ...(wanted.takesClient && !isPublic ? { clientSecret: account.app.clientSecret } : {}),
    settings: own,
    fields: account.app.fields as Record<string, string>,
  }
  const { id } = shared
    ? await apps.deployment.create(operator(), given)
    : await apps.create(operator(workspaceId), given)
  return id
}

function defined(secrets: Readonly<Record<string, Secret | undefined>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(secrets).flatMap(([name, secret]) => (secret ? [[name, secret]] : [])))
}
