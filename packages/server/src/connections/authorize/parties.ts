import type { Method, Service, Values } from '@cardea/catalog'
import { Problem } from '../../errors.ts'
import type { Secrets } from '../../inject/values.ts'
import type { Party } from '../../oauth/oauth.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import { lentBy } from '../borrowed.ts'
import { methodOf } from '../credential.ts'
import type { House } from '../house.ts'
import type { App } from '../ports.ts'
import { prepare, textsOf } from '../prepared.ts'
import { discoveredOf } from './discovered.ts'
import type { Kept } from './sealed.ts'

/** Who asks whom: the app and the addresses that were recorded when the flow began, and no others (mix-up). */
export interface Standing {
  service: Service
  /** As the definition has it. */
  method: Method
  /** With the addresses that were found out, where nobody described them. */
  described: Method
  app: App | undefined
  settings: Values
  party: Party
  /** What the app adds to calls of the API. Never stored with a connection. */
  ofApp: Secrets
}

export type StandingOf = (
  row: Pick<
    OauthFlowRow,
    'workspace_id' | 'provider' | 'definition_version' | 'method' | 'settings' | 'scopes' | 'app_id' | 'app_generation'
  >,
  kept: Pick<Kept, 'fields' | 'learned' | 'redirectUri'>,
) => Promise<Standing>

export function createStandingOf({ services, target, apps }: House): StandingOf {
  return async (row, { fields, learned = {}, redirectUri }) => {
    const service = await services.definition(row.workspace_id, row.provider, row.definition_version)
    const method = methodOf(service, row)
    const app = row.app_id === null ? undefined : await apps?.find(row.workspace_id, row.app_id)
    // Re-pointed or replaced meanwhile: a code that was made for one client is shown to no other.
    if (row.app_id !== null && app?.generation !== row.app_generation) throw new Problem('flow.app_changed')
    const found = discoveredOf(method, fields)
    const described = found?.method ?? method
    const secrets = { ...app?.fields, ...fields }
    const settings = textsOf(row.settings)
    const { open } = prepare(target, service, described, { settings, learned, secrets })
    // An app that a discovered server knows has its secret still; what was found out holds its id alone.
    const client = app?.client ?? found?.client
    const party: Party = {
      service,
      method: described,
      open,
      secrets,
      redirectUri,
      scopes: JSON.parse(row.scopes) as string[],
      ...(client ? { client } : {}),
    }
    return { service, method, described, app, settings, party, ofApp: app ? lentBy(app, service, method) : {} }
  }
}
