import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { type Adapter, type Client, type Context, Provider } from 'oidc-provider'
import type { DevicePages } from './device-pages.ts'

/** An authorization server as OAuth 2.1 wants it: PKCE and exact redirects always, refresh tokens that work once. */
export interface ProviderOptions {
  issuer: string
  memory: (kind: string) => Adapter
  person: (id: string) => Readonly<Record<'id' | 'name' | 'email', string>> | undefined
  lives: Lives
  pages: DevicePages
  /** What `false` takes away is not announced either. */
  rotates?: boolean
  pushed?: boolean
}
export interface Lives {
  accessToken(): number
  refreshToken(): number
}

/** Beside `openid`, which shows nothing but an id. */
export const SCOPES: Readonly<Record<string, string>> = {
  'notes:read': 'Read your notes',
  'notes:write': 'Write notes',
  'notes:delete': 'Delete your notes',
  offline_access: 'Stay connected while you are away',
}

const TEN_MINUTES = 600
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

export function createProvider({
  issuer,
  memory,
  person,
  lives,
  pages,
  rotates = true,
  pushed = true,
}: ProviderOptions): Provider {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const provider = new Provider(issuer, {
    adapter: memory,
    jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig', kid: randomBytes(8).toString('hex') }] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256', grant_types: [], response_types: [] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientBasedCORS: () => false,
    // A token that has ended has ended.
    clockTolerance: 0,
    scopes: ['openid', ...Object.keys(SCOPES)],
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    cookies: {
      // Cookies do not know ports: names of its own, so that those of the server beside it stay as they are.
      names: { session: 'sandbox_session', interaction: 'sandbox_consent', resume: 'sandbox_resume' },
      keys: [randomBytes(32).toString('base64url')],
    },
    routes: {
      authorization: '/authorize',
      token: '/token',
      revocation: '/revoke',
      introspection: '/introspect',
      pushed_authorization_request: '/par',
      device_authorization: '/device/code',
      code_verification: '/device',
      userinfo: '/userinfo',
      jwks: '/jwks',
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: { enabled: false },
      dPoP: { enabled: false },
      revocation: { enabled: true, allowedPolicy: ofOwnClient },
      introspection: { enabled: true, allowedPolicy: ofOwnClient },
      pushedAuthorizationRequests: { enabled: pushed },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx: Context, _form: string, _out: unknown, error: unknown) => pages.enter(ctx, error),
        userCodeConfirmSource: (ctx: Context, _form: string, client: Client, _device: unknown, code: string) =>
          pages.confirm(ctx, client, code),
        successSource: pages.done,
      },
    },
    interactions: { url: (_ctx: Context, { uid }: { uid: string }) => `/consent/${uid}` },
    // One grant for each consent: two connections of one person do not end together.
    loadExistingGrant: async (ctx: ConsentedContext) => {
      const grantId = ctx.oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId)
    },
    findAccount: (_ctx: Context, id: string) => {
      const found = person(id)
      return found && { accountId: id, claims: () => ({ sub: id, name: found.name, email: found.email }) }
    },
    issueRefreshToken: (_ctx: Context, client: Client, source: { scopes: ReadonlySet<string> }) =>
      client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    expiresWithSession: () => false,
    rotateRefreshToken: () => rotates,
    renderError: pages.failed,
    ttl: {
      AccessToken: () => lives.accessToken(),
      RefreshToken: () => lives.refreshToken(),
      Grant: () => lives.refreshToken(),
      IdToken: () => lives.accessToken(),
      AuthorizationCode: 60,
      DeviceCode: TEN_MINUTES,
      Interaction: TEN_MINUTES,
      Session: TEN_MINUTES,
    },
  })
  return provider
}

/** What the memory answers for the one client there is. */
export function clientOf({ id, name, secret, redirectUris }: ClientWords) {
  return {
    client_id: id,
    client_name: name,
    client_secret: secret,
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }
}
interface ClientWords {
  id: string
  name: string
  secret: string
  redirectUris: readonly string[]
}

interface ConsentedContext {
  oidc: {
    result?: { consent?: { grantId?: string } }
    provider: { Grant: { find(id: string): Promise<unknown> } }
  }
}

function ofOwnClient(_ctx: Context, client: Client, token: { clientId: string }): boolean {
  return token.clientId === client.clientId
}
