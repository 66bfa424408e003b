// Long: three ways to connect, two scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const stripe = defineService({
  name: 'Stripe',
  docs: 'https://docs.stripe.com/keys',
  category: 'payments',
  icon: { slug: 'stripe' },
  baseUrl: 'https://api.stripe.com',
  hosts: ['files.stripe.com'],
  auth: {
    oauth: oauth2({
      label: 'Install a Stripe app',
      docs: 'https://docs.stripe.com/stripe-apps/api-authentication/oauth',
      steps: [
        'Make a Stripe app whose manifest says stripe_api_access_type oauth, and list the redirect address shown here in it.',
        'The client id is on the page of the app; the client secret is the secret key of the account that owns it.',
      ],
      obtain: {
        authorize: 'https://marketplace.stripe.com/oauth/v2/authorize',
        token: 'https://api.stripe.com/v1/oauth/token',
        client: 'secret_as_user',
        pkce: 'refused',
        names: { scope: null },
        // An hour, which the answer keeps to itself. Each refresh gives a new refresh token for another year.
        answer: { lifetime: 3600 },
        refresh: { rotates: 'always', lapses: { idleSeconds: 31_536_000 } },
      },
    }),
    connect: oauth2({
      label: 'Connect an account to your platform',
      docs: 'https://docs.stripe.com/connect/oauth-reference',
      steps: [
        'In the settings of Connect switch OAuth on and add the redirect address shown here; the client id begins with ca_.',
        'The client secret is the secret key of your platform. Live and test mode have keys of their own.',
      ],
      obtain: {
        authorize: 'https://connect.stripe.com/oauth/authorize',
        token: 'https://connect.stripe.com/oauth/token',
        client: 'body',
        pkce: 'refused',
        answer: { lifetime: 'never' },
        refresh: false,
        revoke: {
          url: 'https://connect.stripe.com/oauth/deauthorize',
          client: 'secret_as_user',
          params: { client_id: '{clientId}', stripe_user_id: '{account}' },
          ends: 'grant',
        },
      },
      learn: { account: { from: 'token', at: 'stripe_user_id', pattern: '^acct_[A-Za-z0-9]{1,40}$' } },
      scopes: {
        ask: { read_only: 'See everything in this account' },
        offer: { read_write: 'See and change everything in this account' },
      },
    }),
    api_key: bearer({
      label: 'Restricted or secret key',
      steps: [
        'In the Stripe dashboard open Developers › API keys and make a restricted key with only the permissions that you need.',
        'Keys of the test mode begin with rk_test or sk_test, and see nothing real.',
      ],
      token: { label: 'Key', pattern: '^(rk|sk)_(test|live)_[A-Za-z0-9]{16,250}$' },
      // A restricted key may not be allowed to ask whose it is.
      identity: { none: 'a restricted key need not be allowed to ask whose it is' },
    }),
  },
  check: {
    get: '/v1/balance',
    ok: { path: 'object', is: 'balance' },
    alsoOk: [{ status: 403, contains: 'does not have the required permissions' }],
  },
  identity: {
    from: { get: '/v1/account' },
    id: 'id',
    label: ['settings.dashboard.display_name', 'business_profile.name', 'email'],
  },
  guarded: [
    'ANY /v1/webhook_endpoints/**',
    'ANY /v2/core/event_destinations/**',
    'POST /v1/ephemeral_keys',
    'ANY /v1/apps/secrets/**',
    'POST /v1/account_links',
    'POST /v1/account_sessions',
    'POST /v1/terminal/connection_tokens',
    'ANY /v1/accounts/*/external_accounts/**',
    'ANY /v1/oauth/**',
  ],
  actions: {
    find_customers: {
      does: 'read',
      title: 'Find customers by address',
      input: {
        email: { is: 'email', about: 'Address of the customer', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/v1/customers',
      query: { email: '{email}', limit: '{limit}' },
      gives: 'data',
    },
    list_payments: {
      does: 'read',
      title: 'List payments',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/v1/payment_intents',
      query: { limit: '{limit}' },
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://docs.stripe.com/stripe-apps/api-authentication/oauth', 'https://github.com/NangoHQ/nango'],
  },
})
