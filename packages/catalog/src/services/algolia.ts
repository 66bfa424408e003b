import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

export const algolia = defineService({
  name: 'Algolia',
  docs: 'https://www.algolia.com/doc/guides/security/api-keys/',
  category: 'search',
  icon: { slug: 'algolia' },
  settings: {
    appId: {
      kind: 'text',
      label: 'Application id',
      hint: 'A wrong one is a host that does not exist.',
      example: 'YourApp123',
      pattern: '^[A-Z0-9]{10}$',
    },
  },
  baseUrl: 'https://{appId}-dsn.algolia.net',
  hosts: ['{appId}.algolia.net', '{appId}-1.algolianet.com', '{appId}-2.algolianet.com', '{appId}-3.algolianet.com'],
  auth: {
    api_key: keys({
      label: 'API key',
      steps: ['In the dashboard open Settings › API Keys, and make a key that may do no more than you need.'],
      fields: { key: { label: 'API key', pattern: '^[0-9a-f]{32}$' } },
      send: { headers: { 'x-algolia-application-id': '{appId}', 'x-algolia-api-key': '{key}' } },
    }),
  },
  // Most keys may not list indexes, and say so in words that a wrong key does not get.
  check: {
    get: '/1/indexes?hitsPerPage=1',
    ok: { path: 'items', exists: true },
    alsoOk: [{ status: 403, contains: 'not allowed' }],
  },
  identity: { from: 'values', id: 'appId', label: 'appId' },
  answers: {
    restricted: [{ status: 403, contains: 'not allowed' }],
    rejected: [{ status: 401 }, { status: 403, contains: 'Invalid Application-ID or API key' }],
  },
  guarded: ['ANY /1/keys/**', 'POST /1/clusters/**'],
  actions: {
    search: {
      does: 'read',
      title: 'Search an index',
      input: {
        index: { is: 'text', about: 'Index' },
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      post: '/1/indexes/{index}/query',
      body: { query: '{query}', hitsPerPage: '{limit}' },
      gives: 'hits',
    },
  },
  verified: { on: '2026-11-20', by: ['https://github.com/mongodb/kingfisher', 'https://github.com/NangoHQ/nango'] },
})
