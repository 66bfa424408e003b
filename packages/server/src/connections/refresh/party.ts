import type { Refresh, Service } from '@cardea/catalog'
import { Problem } from '../../errors.ts'
import type { Secrets } from '../../inject/values.ts'
import { askedScopes, type Party, type Refreshing, refreshWords } from '../../oauth/oauth.ts'
import type { ConnectionGrantRow, ConnectionRow } from '../../store/schema.ts'
import type { Target } from '../../target/target.ts'
import { discoveredOf } from '../authorize/discovered.ts'
import { methodOf } from '../credential.ts'
import type { AppsPort, ServicesPort } from '../ports.ts'
import { prepare, publicPart } from '../prepared.ts'

/** Who presents a stored token, and to whom: the app and the addresses that it was granted to, and no others. */
export interface GrantParties {
  of(
    row: ConnectionRow,
    stored: Secrets,
    grant: Pick<ConnectionGrantRow, 'app_generation'>,
  ): Promise<{ party: Party; how: Refreshing }>
  words(row: ConnectionRow): Promise<Refresh>
}

export function createGrantParties(deps: {
  services: ServicesPort
  target: Target
  apps: AppsPort | undefined
  redirectUri: () => string
}): GrantParties {
  const { services, target, apps, redirectUri } = deps
  const definitionOf = (row: ConnectionRow): Promise<Service> =>
    services.definition(row.workspace_id, row.provider, row.definition_version)

  return {
    words: async (row) => refreshWords(methodOf(await definitionOf(row), row).obtain) || {},
    of: async (row, stored, grant) => {
      const service = await definitionOf(row)
      const found = discoveredOf(methodOf(service, row), stored)
      const method = found?.method ?? methodOf(service, row)
      const app = row.app_id === null ? undefined : await apps?.find(row.workspace_id, row.app_id)
      // An administrator who points an app elsewhere, or puts another in its place, is not given what members granted to the one before.
      if (row.app_id !== null && app?.generation !== grant.app_generation) {
        throw new Problem('oauth.grant_dead', { error: 'app_replaced' })
      }
      const { open } = prepare(target, service, method, { ...publicPart(row), secrets: stored })
      // Found out, or registered: a registered app keeps its own secret.
      const client = app?.client ?? found?.client
      const party: Party = {
        service,
        method,
        open,
        secrets: { ...app?.fields, ...stored },
        redirectUri: redirectUri(),
        scopes: scopesOf(row, { service, method, open, secrets: {} }),
        ...(client ? { client } : {}),
      }
      return { party, how: found?.resource ? { resource: found.resource } : {} }
    },
  }
}

/** What was granted, and what is asked for without ever being named in an answer. */
function scopesOf(row: Pick<ConnectionRow, 'scopes'>, party: Party): readonly string[] {
  const asked = askedScopes(party)
  if (row.scopes === null) return asked
  const unlisted = party.method.scopes?.unlisted ?? []
  return [...new Set([...(JSON.parse(row.scopes) as string[]), ...asked.filter((scope) => unlisted.includes(scope))])]
}
