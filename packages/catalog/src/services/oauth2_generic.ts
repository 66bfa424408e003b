// Long: four ways to connect and four scopes to explain.
import { defineService } from '../define.ts'
import { clientCredentials, device, discovered, oauth2 } from '../kinds.ts'

// Scopes are words of the other side: nobody can list them here, so they are typed.
const scope = {
  kind: 'text',
  label: 'Scopes',
  hint: 'As the service writes them, with its own separator. The fewest that you need.',
  pattern: '^[ -~]{1,1000}$',
  example: 'read:user offline_access',
  optional: true,
} as const
const audience = { kind: 'text', label: 'Audience', pattern: '^[!-~]{1,300}$', optional: true } as const
const tokenUrl = { kind: 'url', label: 'Token address', example: 'https://example.com/oauth/token' } as const
const revokeUrl = { kind: 'url', label: 'Revocation address', optional: true } as const
const revoke = { url: '{revokeUrl}', params: { token: '{liveToken}' } } as const
// The last two are for public clients and for those that sign.
const client = ['basic', 'body', 'private_key', 'none'] as const

export const oauth2_generic = defineService({
  name: 'OAuth 2.0 (any provider)',
  docs: 'https://www.rfc-editor.org/rfc/rfc6749',
  category: 'generic',
  icon: { letters: 'OA', colour: '#475569' },
  settings: {
    server: { kind: 'url', label: 'Base address of the API', example: 'https://api.example.com/v1' },
    test: {
      kind: 'path',
      label: 'Path to try',
      hint: 'Something harmless that strangers may not read, at best the one that says who one is.',
      example: '/me',
      optional: true,
    },
  },
  baseUrl: '{server}',
  auth: {
    oauth: oauth2({
      label: 'Sign in with a browser',
      steps: [
        'At the service register an app (often called OAuth client) with the redirect address shown here.',
        'Copy client id and secret, and the two addresses from its documentation: authorize and token.',
      ],
      settings: {
        authorizeUrl: { kind: 'url', label: 'Authorize address', example: 'https://example.com/oauth/authorize' },
        tokenUrl,
        revokeUrl,
        scope,
        audience,
      },
      obtain: {
        authorize: '{authorizeUrl}',
        token: '{tokenUrl}',
        client,
        extra: { authorize: { scope: '{scope}', audience: '{audience}' } },
        answer: { lifetime: 'unknown' },
        revoke,
      },
    }),
    issuer: discovered({
      label: 'Sign in with an OpenID provider',
      docs: 'https://openid.net/specs/openid-connect-discovery-1_0.html',
      steps: [
        'Enter the issuer: the address under which the provider publishes /.well-known/openid-configuration.',
        'If it takes no registrations by itself, register an app there with the redirect address shown here.',
      ],
      settings: { issuer: { kind: 'url', label: 'Issuer', example: 'https://login.example.com' } },
      obtain: { issuer: '{issuer}', register: ['document', 'dynamic', 'app'], answer: { lifetime: 'unknown' } },
      scopes: {
        ask: { openid: 'Know that it is you' },
        offer: {
          email: 'See your address',
          profile: 'See your name',
          offline_access: 'Stay connected without asking again',
        },
        unlisted: ['offline_access'],
      },
      identity: { from: 'id_token', id: 'sub', label: ['email', 'preferred_username', 'name'], at: '{issuer}' },
    }),
    client_credentials: clientCredentials({
      label: 'Client id and secret, no person',
      docs: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.4',
      steps: [
        'At the service make a client for machine-to-machine use; copy its id, its secret and the token address.',
      ],
      settings: { tokenUrl, scope, audience },
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Client secret' } },
      obtain: {
        token: '{tokenUrl}',
        client: ['basic', 'body'],
        extra: { token: { scope: '{scope}', audience: '{audience}' } },
        answer: { lifetime: 'unknown' },
        refresh: false,
      },
    }),
    device: device({
      label: 'With a code, on another device',
      docs: 'https://www.rfc-editor.org/rfc/rfc8628',
      steps: ['At the service register a client that may use the device flow, and copy its id and both addresses.'],
      settings: { deviceUrl: { kind: 'url', label: 'Device address' }, tokenUrl, revokeUrl, scope },
      obtain: {
        device: '{deviceUrl}',
        token: '{tokenUrl}',
        client,
        extra: { authorize: { scope: '{scope}' } },
        answer: { lifetime: 'unknown' },
        revoke,
      },
    }),
  },
  check: { get: '{test}', answer: 'any', proves: 'the path that you chose answers to this token' },
  identity: { none: 'an unknown service has no known way to say whose token it is' },
  verified: {
    on: '2026-11-20',
    by: [
      'https://www.rfc-editor.org/rfc/rfc6749',
      'https://www.rfc-editor.org/rfc/rfc8628',
      'https://www.rfc-editor.org/rfc/rfc7009',
      'https://www.rfc-editor.org/rfc/rfc8414',
    ],
  },
})
