// Long: four ways to connect, 14 scopes to explain and one action.
import { defineService } from '../define.ts'
import { apiKey, jwtAssertion, oauth2, samlAssertion } from '../kinds.ts'

const token = 'https://{domain}/oauth2/v1/token'
const scopes = {
  'okta.users.read': 'Read all users',
  'okta.groups.read': 'Read groups',
  'okta.apps.read': 'Read applications',
  'okta.logs.read': 'Read the system log',
} as const

export const okta = defineService({
  name: 'Okta',
  docs: 'https://developer.okta.com/docs/guides/implement-oauth-for-okta/main/',
  category: 'identity',
  icon: { slug: 'okta' },
  settings: {
    // Own domains are common, so the host is open; the client secret still goes only where the administrator's app says.
    domain: {
      kind: 'host',
      label: 'Okta domain',
      hint: 'Of your organisation, without -admin.',
      example: 'dev-12345678.okta.com',
    },
  },
  baseUrl: 'https://{domain}',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Okta',
      steps: [
        'In the admin console make an app integration: OIDC, Web Application. Tick Refresh Token.',
        'Add the redirect address shown here, and grant the Okta API scopes you want on the tab of that name.',
      ],
      obtain: {
        // API scopes come from the organisation's own server only, never from a custom one.
        authorize: 'https://{domain}/oauth2/v1/authorize',
        token,
        client: ['basic', 'body', 'private_key', 'none'],
        answer: { lifetime: 3600 },
        refresh: { rotates: 'sometimes' },
        revoke: { url: 'https://{domain}/oauth2/v1/revoke', params: { token: '{liveToken}' } },
      },
      scopes: {
        ask: {
          openid: 'Know that it is you',
          profile: 'See your name',
          offline_access: 'Stay connected without asking again',
          'okta.users.read.self': 'Read your own profile',
        },
        offer: scopes,
      },
    }),
    service_app: jwtAssertion({
      label: 'Service app',
      docs: 'https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/',
      steps: [
        'Make an app integration: API Services. Under client authentication choose public and private key and add a key.',
        'Grant scopes, and give the app an admin role.',
      ],
      settings: {
        clientId: { kind: 'text', label: 'Client id', pattern: '^[A-Za-z0-9_-]{1,64}$' },
        keyId: { kind: 'text', label: 'Key id', pattern: '^[A-Za-z0-9_=-]{1,128}$' },
      },
      fields: { privateKey: { label: 'Private key', shape: 'pem' } },
      obtain: {
        as: 'client',
        token,
        client: 'none',
        jwt: {
          alg: 'RS256',
          key: { field: 'privateKey' },
          header: { kid: '{keyId}' },
          claims: { iss: '{clientId}', sub: '{clientId}', aud: token },
          lifeSeconds: 300,
          jti: true,
        },
        answer: { lifetime: 3600 },
        refresh: false,
      },
      scopes: { ask: { 'okta.users.read': 'Read all users' }, offer: scopes },
      check: { get: '/api/v1/users?limit=1' },
      identity: { from: 'values', id: 'clientId', label: 'clientId', at: '{domain}' },
    }),
    // Custom servers take SAML assertions; the organisation's own does not, so this is for APIs that trust a custom one.
    saml: samlAssertion({
      label: 'SAML assertion',
      docs: 'https://developer.okta.com/docs/guides/implement-saml2/-/overview/',
      steps: [
        'Let the authorization server and the app allow the SAML 2.0 Assertion grant, and paste a fresh assertion in Base64.',
      ],
      settings: {
        server: { kind: 'text', label: 'Authorization server', default: 'default', pattern: '^[A-Za-z0-9]{1,64}$' },
      },
      fields: { assertion: { label: 'Assertion', shape: 'lines' } },
      obtain: {
        token: 'https://{domain}/oauth2/{server}/v1/token',
        client: 'basic',
        assertion: '{assertion}',
        answer: { lifetime: 3600 },
        refresh: { rotates: 'sometimes' },
      },
      scopes: { ask: { openid: 'Know that it is you', offline_access: 'Stay connected without asking again' } },
      check: { get: '/oauth2/{server}/v1/userinfo', ok: { path: 'sub', exists: true } },
      identity: { id: 'sub', label: ['email', 'sub'], at: '{domain}' },
    }),
    api_token: apiKey(
      'authorization',
      {
        label: 'API token',
        docs: 'https://developer.okta.com/docs/guides/create-an-api-token/main/',
        steps: [
          'In the admin console open Security › API › Tokens. The token can do whatever the admin who makes it can.',
        ],
        key: { label: 'API token', pattern: '^00[A-Za-z0-9_-]{40}$' },
      },
      'SSWS {key}',
    ),
  },
  check: { get: '/api/v1/users/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: 'profile.login', at: '{domain}' },
  answers: { comeBack: { header: 'x-rate-limit-reset', as: 'epoch_seconds' } },
  guarded: [
    'ANY /api/v1/api-tokens/**',
    'ANY /oauth2/v1/clients/**',
    'ANY /api/v1/apps/*/credentials/**',
    'POST /api/v1/users/*/lifecycle/reset_password',
    'POST /api/v1/users/*/lifecycle/expire_password*',
    'POST /api/v1/users/*/credentials/**',
  ],
  actions: {
    find_users: {
      does: 'read',
      title: 'Find people',
      input: {
        query: { is: 'text', about: 'Beginning of a name or address' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/api/v1/users',
      query: { q: '{query}', limit: '{limit}' },
      scopes: ['okta.users.read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/',
      'https://developer.okta.com/docs/guides/implement-saml2/-/use-flow/',
    ],
  },
})
