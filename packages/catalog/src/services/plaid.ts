// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

const client = { kind: 'text', label: 'Client id', pattern: '^[0-9a-f]{24}$' } as const
const secret = { label: 'Secret', pattern: '^[0-9a-f]{30}$' } as const
const headers = { 'plaid-client-id': '{client}', 'plaid-secret': '{secret}' } as const

export const plaid = defineService({
  name: 'Plaid',
  docs: 'https://plaid.com/docs/api/',
  category: 'payments',
  icon: { letters: 'Pl', colour: '#111111' },
  settings: {
    environment: { kind: 'choice', label: 'Environment', options: ['sandbox', 'production'], default: 'sandbox' },
    client,
  },
  baseUrl: 'https://{environment}.plaid.com',
  auth: {
    keys: keys({
      label: 'Client id and secret',
      steps: [
        'In the Plaid Dashboard open Developers › Keys and copy client id and the secret of the environment you mean.',
      ],
      fields: { secret },
      send: { headers },
    }),
    // One bank login of one person. Calls without an item refuse its token, so it is a method of its own.
    item: keys({
      label: 'With the access token of an item',
      steps: [
        'Copy client id and secret as for the other method.',
        'Add the access token that your own program was given when a person linked a bank.',
      ],
      fields: {
        secret,
        itemToken: {
          label: 'Access token',
          pattern: '^access-(sandbox|production)-[0-9a-f-]{36}$',
          example: 'access-sandbox-0123…',
        },
      },
      send: { headers, body: { access_token: '{itemToken}' } },
      check: { post: '/item/get', body: {}, ok: { path: 'item.item_id', exists: true } },
      identity: { id: 'item.item_id', label: 'item.institution_id', at: '{environment}' },
    }),
  },
  // Every call is a POST.
  check: {
    post: '/institutions/get',
    body: { count: 1, offset: 0, country_codes: ['US'] },
    ok: { path: 'institutions', exists: true },
  },
  identity: { from: 'values', id: 'client', label: 'client', at: '{environment}' },
  answers: {
    rejected: [{ status: 401 }, { status: 400, path: 'error_code', is: ['INVALID_API_KEYS', 'INVALID_ACCESS_TOKEN'] }],
  },
  guarded: [
    'POST /link/token/create',
    'POST /item/public_token/**',
    'POST /item/access_token/**',
    'POST /item/webhook/update',
    'POST /processor/**',
    'POST /sandbox/public_token/create',
  ],
  actions: {
    list_accounts: {
      does: 'read',
      title: 'List the accounts of this item',
      input: {},
      post: '/accounts/get',
      body: {},
      gives: 'accounts',
      methods: ['item'],
    },
    find_institutions: {
      does: 'read',
      title: 'Find banks',
      input: {
        query: { is: 'text', about: 'Name of the bank' },
        countries: { is: 'text', about: 'Countries, in two letters', many: true, example: 'US' },
      },
      post: '/institutions/search',
      body: { query: '{query}', country_codes: '{countries}' },
      gives: 'institutions',
      methods: ['keys'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://plaid.com/docs/api/index.html.md', 'https://plaid.com/docs/quickstart/glossary/index.html.md'],
  },
})
