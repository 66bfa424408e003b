// Long: three ways to connect and two actions.
import { defineService } from '../define.ts'
import { bearer, keys } from '../kinds.ts'

const pattern = '^(cf(ut|at)_)?[A-Za-z0-9_-]{40,128}$'
const ok = { path: 'result.status', is: 'active' } as const

export const cloudflare = defineService({
  name: 'Cloudflare',
  docs: 'https://developers.cloudflare.com/fundamentals/api/get-started/create-token/',
  category: 'cloud',
  icon: { slug: 'cloudflare' },
  baseUrl: 'https://api.cloudflare.com/client/v4',
  auth: {
    token: bearer({
      label: 'API token',
      steps: [
        'In the dashboard open My Profile › API Tokens, create a token, and give it only the permissions and zones that are needed.',
      ],
      token: { label: 'API token', pattern },
    }),
    // The address that checks a person's token refuses the token of an account.
    account_token: bearer({
      label: 'API token of an account',
      docs: 'https://developers.cloudflare.com/fundamentals/api/get-started/account-owned-tokens/',
      steps: [
        'In the dashboard of the account open Manage Account › Account API Tokens and create a token.',
        'The account id is in the address of the dashboard.',
      ],
      settings: { account: { kind: 'text', label: 'Account id', pattern: '^[0-9a-f]{32}$' } },
      token: { label: 'API token', pattern },
      check: { get: '/accounts/{account}/tokens/verify', ok },
      identity: { from: 'values', id: 'account', label: 'account' },
    }),
    keys: keys({
      label: 'Global API key',
      steps: [
        'In the dashboard open My Profile › API Tokens › Global API Key › View. It may do everything that you may: prefer a token.',
      ],
      settings: { email: { kind: 'text', label: 'E-mail address', pattern: '^[^\\s@]+@[^\\s@]+$' } },
      fields: { key: { label: 'Global API key', pattern: '^[0-9a-f]{37}$' } },
      send: { headers: { 'x-auth-email': '{email}', 'x-auth-key': '{key}' } },
      check: { get: '/user', ok: { path: 'result.id', exists: true } },
      identity: { id: 'result.id', label: 'result.email' },
    }),
  },
  check: { get: '/user/tokens/verify', ok },
  identity: { none: 'a token need not be allowed to say whose it is' },
  // 6003: what was sent does not look like a token.
  answers: { rejected: [{ status: 401 }, { status: 400, contains: '6003' }] },
  guarded: [
    'ANY /user/tokens/**',
    'ANY /user/api_key',
    'ANY /accounts/*/tokens/**',
    'ANY /accounts/*/members/**',
    'ANY /accounts/*/access/service_tokens/**',
    'GET /accounts/*/cfd_tunnel/*/token',
    'POST /accounts/*/r2/temp-access-credentials',
    'ANY /certificates/**',
    'ANY /zones/*/email/routing/**',
    'ANY /accounts/*/email/routing/**',
  ],
  actions: {
    create_dns_record: {
      does: 'write',
      title: 'Add a DNS record',
      input: {
        zone: { is: 'text', about: 'Id of the zone' },
        type: { is: 'text', about: 'Kind of record', options: ['A', 'AAAA', 'CNAME', 'MX', 'TXT', 'NS', 'CAA'] },
        name: { is: 'text', about: 'Name', example: 'www.example.com' },
        content: { is: 'text', about: 'What it points to' },
        proxied: { is: 'boolean', about: 'Let Cloudflare stand in between', default: false },
      },
      post: '/zones/{zone}/dns_records',
      body: { type: '{type}', name: '{name}', content: '{content}', proxied: '{proxied}' },
      gives: 'result',
    },
    list_zones: {
      does: 'read',
      title: 'List zones',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/zones',
      query: { per_page: '{limit}' },
      gives: 'result',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/verify',
      'https://developers.cloudflare.com/fundamentals/api/troubleshooting',
    ],
  },
})
