import type { Method } from '@cardea/catalog'
import type { Secrets } from '../../inject/values.ts'
import { asDescribed, type Client, type Found } from '../../oauth/oauth.ts'
import { Secret } from '../../secret.ts'

/**
 * What was found out about a server that nobody had described, kept with the credential that it gave: renewing and revoking ask that
 * server and no other, whatever its address announces later.
 */
export interface Discovered {
  method: Method
  client: Client
  /** RFC 8707; none where the definition names the issuer. */
  resource: string | undefined
  issuer: string
  /** RFC 7662. */
  introspection: string | undefined
}

interface Kept {
  server: Found['server']
  resource: string | null
  clientId: string
  clientAuth: Client['auth'] | null
}

/** As fields of the credential: they lie in the vault beside the tokens. */
export function keepDiscovered(found: Found, client: Client, resource: string | undefined): Record<string, Secret> {
  const kept: Kept = {
    server: found.server,
    resource: resource ?? null,
    clientId: client.id,
    clientAuth: client.auth ?? null,
  }
  return {
    discovered: Secret.of(JSON.stringify(kept)),
    ...(client.secret ? { discoveredClientSecret: client.secret } : {}),
  }
}

export function discoveredOf(method: Method, { discovered, discoveredClientSecret }: Secrets): Discovered | undefined {
  if (method.obtain.by !== 'discovery' || !discovered) return undefined
  const { server, resource, clientId, clientAuth } = JSON.parse(discovered.reveal()) as Kept
  return {
    method: asDescribed(method, { server, resource: resource ?? '', scopes: [] }),
    client: {
      id: clientId,
      ...(clientAuth ? { auth: clientAuth } : {}),
      ...(discoveredClientSecret ? { secret: discoveredClientSecret } : {}),
    },
    resource: resource ?? undefined,
    issuer: server.issuer,
    introspection: server.introspection_endpoint,
  }
}
