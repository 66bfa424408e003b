// Long: three ways to connect, five scopes to explain and one action.
import { defineService } from '../define.ts'
import { apiKey, clientCredentials, oauth2 } from '../kinds.ts'

const token = 'https://{shop}.myshopify.com/admin/oauth/access_token'
const send = { headers: { 'x-shopify-access-token': '{accessToken}' } } as const
const scopes = {
  separator: ',',
  ask: { read_products: 'See products' },
  offer: {
    read_orders: 'See orders',
    write_products: 'Change products',
    read_customers: 'See customers',
    read_inventory: 'See stock',
  },
  implies: [['write_', 'read_']],
} as const

export const shopify = defineService({
  name: 'Shopify',
  docs: 'https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens',
  category: 'commerce',
  icon: { slug: 'shopify' },
  settings: {
    shop: { kind: 'text', label: 'Store', example: 'acme', suffix: '.myshopify.com', pattern: '^[a-z0-9][a-z0-9-]*$' },
  },
  baseUrl: 'https://{shop}.myshopify.com',
  auth: {
    oauth: oauth2({
      label: 'Install in a store',
      steps: [
        'In the Partner dashboard make an app and add the redirect address shown here under allowed redirection addresses.',
        'Client id and secret are on its overview page.',
      ],
      // One app serves many stores, and all of them are Shopify's own hosts.
      perConnection: ['shop'],
      obtain: {
        authorize: 'https://{shop}.myshopify.com/admin/oauth/authorize',
        token,
        client: 'body',
        pkce: 'refused',
        callback: { signed: { by: 'sorted_query_hmac_sha256', at: 'hmac' } },
        // Tokens that never expire are refused to public apps made since April 2026, and to all public ones from 2027.
        extra: { token: { expiring: '1' } },
        answer: { lifetime: 3600, separator: ',' },
        // Since August 2026 the old refresh token lives on until its successor has been used.
        refresh: { rotates: 'always', graceSeconds: 1800, lapses: { idleSeconds: 7_776_000 } },
        revoke: {
          url: 'https://{shop}.myshopify.com/admin/api_permissions/current.json',
          method: 'DELETE',
          body: 'empty',
          client: 'none',
          headers: send.headers,
          ends: 'installation',
        },
      },
      scopes,
      send,
    }),
    client_credentials: clientCredentials({
      label: 'Own store',
      steps: [
        'For stores of your own organisation: make an app in the developer dashboard, install it, and copy id and secret.',
      ],
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Client secret' } },
      obtain: { token, client: 'body', answer: { lifetime: 86_400, separator: ',' }, refresh: false },
      send,
    }),
    admin_token: apiKey('x-shopify-access-token', {
      label: 'Admin API token',
      steps: [
        'In a store that still has them open Settings › Apps › Develop apps and reveal the token: it is shown once.',
      ],
      key: { label: 'Access token', pattern: '^shp(at|ca|pa)_[0-9a-f]{32}$' },
    }),
  },
  check: { get: '/admin/oauth/access_scopes.json', ok: { path: 'access_scopes', exists: true } },
  identity: {
    from: { post: '/admin/api/2026-07/graphql.json', graphql: '{ shop { id name } }' },
    id: 'data.shop.id',
    label: 'data.shop.name',
    at: '{shop}',
  },
  answers: {
    // GraphQL says it with 200.
    limited: [{ status: 429 }, { path: 'errors.0.extensions.code', is: 'THROTTLED' }],
    retired: [{ status: 410 }, { contains: 'Non-expiring access tokens are no longer accepted' }],
  },
  guarded: ['ANY /admin/oauth/access_token', 'POST /admin/api/*/storefront_access_tokens.json'],
  actions: {
    list_products: {
      does: 'read',
      title: 'List products',
      input: { limit: { is: 'integer', about: 'How many at most', default: 50 } },
      post: '/admin/api/2026-07/graphql.json',
      graphql: 'query ($limit: Int!) { products(first: $limit) { nodes { id title status totalInventory } } }',
      variables: { limit: '{limit}' },
      gives: 'data.products.nodes',
      scopes: ['read_products'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens',
      'https://shopify.dev/docs/apps/build/security/credentials-and-data/use-expiring-offline-access-tokens.md',
      'https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens.md',
      'https://shopify.dev/docs/api/admin-graphql/2026-07/objects/ApiVersion',
      'https://github.com/Shopify/shopify-app-php/issues/12',
    ],
  },
})
