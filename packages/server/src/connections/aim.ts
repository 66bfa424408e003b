import { fill, missing, type Service } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { Aim, Aimed, AskedUse } from '../policy/policy.ts'
import { findConnection } from '../store/connections.ts'
import type { Store } from '../store/store.ts'
import type { Described, Target } from '../target/target.ts'
import { seen, workspaceOf } from './access.ts'
import { methodOf } from './credential.ts'
import type { ServicesPort } from './ports.ts'
import { publicPart } from './prepared.ts'

/** Where a call through a connection would go, from what is public of it: nothing is opened, and nothing is sent. */
export function createAim({
  store,
  services,
  target,
}: {
  store: Store
  services: Pick<ServicesPort, 'get' | 'definition'>
  target: Target
}): Aim {
  return async (caller, asked) => {
    const { connection, httpMethod, path, host } = asked
    const { of, ...about } = await (connection === undefined
      ? ofService(caller, asked)
      : ofConnection(caller, connection))
    const { mail } = of.method.send
    if (mail) {
      // Sending is a POST, reading a GET; neither has paths that could be guarded.
      const server = httpMethod === 'GET' ? (mail.imap ?? mail.smtp) : mail.smtp
      return {
        ...about,
        host: missing(server.host, of.values).length > 0 ? '' : fill(server.host, of.values),
        isGuarded: false,
      }
    }
    const address = target.address(of, { path, ...(host === undefined ? {} : { host }) })
    return {
      ...about,
      host: address.base === '' ? '' : new URL(address.base).host,
      isGuarded: target.guards(of, httpMethod, address),
    }
  }

  async function ofConnection(caller: Caller, id: string): Promise<About> {
    const workspaceId = workspaceOf(caller)
    const row = seen(caller, await store.within({ workspaceId }, (db) => findConnection(db, workspaceId, id)))
    if (row.deleted_at !== null) throw new Problem('connection.not_found')
    const service = await services.definition(workspaceId, row.provider, row.definition_version)
    const { settings, learned, base } = publicPart(row)
    return {
      connectionId: row.id,
      service: row.provider,
      method: row.method,
      owner: row.owner_id,
      of: described(service, row, { settings, learned, ...(base === null ? {} : { base }) }),
    }
  }

  async function ofService(caller: Caller, asked: Pick<AskedUse, 'service' | 'method'>): Promise<About> {
    const { service: provider, method } = asked
    if (provider === undefined || method === undefined) {
      const issues = [{ path: 'body.connection', message: 'is needed, or both service and method' }]
      throw new Problem('request.invalid', { issues })
    }
    const { definition } = await services.get(workspaceOf(caller), provider)
    return {
      connectionId: '',
      service: provider,
      method,
      owner: undefined,
      of: described(definition, { provider, method }, { settings: {}, learned: {} }),
    }
  }

  function described(
    service: Service,
    row: { provider: string; method: string },
    {
      settings,
      learned,
      ...base
    }: { settings: Record<string, string>; learned: Record<string, string>; base?: number },
  ): Described {
    const method = methodOf(service, row)
    return { service, method, values: target.valuesOf(service, method, settings, learned), ...base }
  }
}

type About = Omit<Aimed, 'host' | 'isGuarded'> & { of: Described }
