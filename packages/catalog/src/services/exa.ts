import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const exa = defineService({
  name: 'Exa',
  docs: 'https://docs.exa.ai/reference/getting-started',
  category: 'search',
  icon: { letters: 'Ex', colour: '#1f40ed' },
  baseUrl: 'https://api.exa.ai',
  auth: {
    api_key: apiKey('x-api-key', {
      label: 'API key',
      steps: ['In the dashboard open API Keys and create a key.'],
      key: { label: 'API key', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
    }),
  },
  // No call says who is asking. A search for nothing is refused as such only with a good key, and is not billed.
  check: { post: '/search', body: {}, ok: { status: 400 }, proves: 'the key is known; nothing is searched' },
  identity: { none: 'a key does not say whose it is' },
  // 402: the credits are spent.
  answers: { restricted: [{ status: [402, 403] }] },
  actions: {
    search: {
      does: 'read',
      title: 'Search the web',
      input: {
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 10 },
      },
      post: '/search',
      body: { query: '{query}', numResults: '{limit}' },
      gives: 'results',
    },
    get_contents: {
      does: 'read',
      title: 'Read pages',
      input: { urls: { is: 'url', about: 'Addresses of the pages', many: true } },
      post: '/contents',
      body: { urls: '{urls}', text: true },
      gives: 'results',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://exa.ai/docs/admin/error-codes.md', 'https://github.com/TracecatHQ/tracecat'],
  },
})
