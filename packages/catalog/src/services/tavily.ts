import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const tavily = defineService({
  name: 'Tavily',
  docs: 'https://docs.tavily.com/documentation/api-reference/introduction',
  category: 'search',
  icon: { letters: 'Tv', colour: '#468bff' },
  baseUrl: 'https://api.tavily.com',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['Sign in at app.tavily.com and copy a key from the overview.'],
      token: { label: 'API key', pattern: '^tvly-(dev-|prod-)?[A-Za-z0-9_-]{16,}$', example: 'tvly-…' },
    }),
  },
  // Spends no credits.
  check: { get: '/usage', ok: { path: 'key', exists: true } },
  identity: { none: 'the answer tells what was used and not by whom' },
  // 432 and 433: the plan or the spending limit is used up.
  answers: { restricted: [{ status: [403, 432, 433] }] },
  actions: {
    search: {
      does: 'read',
      title: 'Search the web',
      input: {
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 5 },
      },
      post: '/search',
      body: { query: '{query}', max_results: '{limit}' },
      gives: 'results',
    },
    extract: {
      does: 'read',
      title: 'Read pages',
      input: { urls: { is: 'url', about: 'Addresses of the pages', many: true } },
      post: '/extract',
      body: { urls: '{urls}' },
      gives: 'results',
    },
  },
  verified: { on: '2026-11-20', by: ['https://docs.tavily.com/documentation/api-reference/endpoint/usage.md'] },
})
