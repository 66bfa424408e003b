// Long: two environments, and a revocation that proves the application in a way of its own.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const square = defineService({
  name: 'Square',
  docs: 'https://developer.squareup.com/docs/oauth-api/overview',
  category: 'payments',
  icon: { slug: 'square' },
  settings: {
    environment: {
      kind: 'choice',
      label: 'Environment',
      default: 'production',
      options: {
        production: { label: 'Production', api: 'connect.squareup.com' },
        sandbox: { label: 'Sandbox', api: 'connect.squareupsandbox.com' },
      },
    },
  },
  baseUrl: 'https://{environment.api}',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Square',
      steps: [
        'In the Developer Console make an application, open OAuth and enter the redirect address shown here.',
        'Copy application id and application secret; sandbox and production have their own.',
      ],
      obtain: {
        authorize: 'https://{environment.api}/oauth2/authorize',
        token: 'https://{environment.api}/oauth2/token',
        client: 'body',
        body: 'json',
        // PKCE would make this the flow without a secret, whose refresh tokens are good only once.
        pkce: 'refused',
        extra: { authorize: { session: 'false' } },
        answer: { at: { expiresAt: 'expires_at' } },
        refresh: { rotates: 'never' },
        revoke: {
          url: 'https://{environment.api}/oauth2/revoke',
          body: 'json',
          client: 'none',
          headers: { authorization: 'Client {clientSecret}' },
          params: { client_id: '{clientId}', access_token: '{accessToken}' },
          ends: 'grant',
        },
      },
      scopes: {
        ask: { MERCHANT_PROFILE_READ: 'See the name of your business' },
        offer: {
          PAYMENTS_READ: 'See payments',
          ORDERS_READ: 'See orders',
          CUSTOMERS_READ: 'See customers',
          ITEMS_READ: 'See your catalogue',
        },
      },
    }),
  },
  check: { get: '/v2/merchants/me', ok: { path: 'merchant.id', exists: true } },
  identity: { id: 'merchant.id', label: 'merchant.business_name', at: '{environment}' },
  guarded: ['ANY /oauth2/**', 'ANY /v2/webhooks/**', 'POST /mobile/authorization-code', 'POST /v2/devices/codes'],
  actions: {
    list_payments: {
      does: 'read',
      title: 'List payments',
      input: { limit: { is: 'integer', about: 'How many at most', default: 50 } },
      get: '/v2/payments',
      query: { limit: '{limit}' },
      gives: 'payments',
      scopes: ['PAYMENTS_READ'],
    },
    list_locations: {
      does: 'read',
      title: 'List locations',
      input: {},
      get: '/v2/locations',
      gives: 'locations',
      scopes: ['MERCHANT_PROFILE_READ'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.squareup.com/docs/oauth-api/overview',
      'https://developer.squareup.com/reference/square/o-auth/obtain-token',
      'https://developer.squareup.com/docs/oauth-api/best-practices?q=sandbox',
      'https://developer.squareup.com/forums/t/oauth2-spec-expires-at/3900',
    ],
  },
})
