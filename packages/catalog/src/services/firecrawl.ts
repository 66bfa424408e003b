import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const firecrawl = defineService({
  name: 'Firecrawl',
  docs: 'https://docs.firecrawl.dev/api-reference/introduction',
  category: 'search',
  icon: { letters: 'Fc', colour: '#fa5d19' },
  baseUrl: 'https://api.firecrawl.dev/v2',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['In the dashboard open API Keys and create a key for your team.'],
      token: { label: 'API key', pattern: '^fc-[0-9a-f]{32}$', example: 'fc-…' },
    }),
  },
  // Some calls answer without any key; this one does not, and spends no credits.
  check: { get: '/team/credit-usage', ok: { path: 'data.remainingCredits', exists: true } },
  identity: { none: 'a key does not say to which team it belongs' },
  // 402: the credits are spent.
  answers: { restricted: [{ status: [402, 403] }] },
  actions: {
    scrape: {
      does: 'read',
      title: 'Read a page',
      input: { url: { is: 'url', about: 'Address of the page' } },
      post: '/scrape',
      body: { url: '{url}', formats: ['markdown'] },
      gives: 'data',
    },
    search: {
      does: 'read',
      title: 'Search the web',
      input: {
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 5 },
      },
      post: '/search',
      body: { query: '{query}', limit: '{limit}' },
      gives: 'data',
    },
  },
  verified: { on: '2026-11-20', by: ['https://docs.firecrawl.dev/api-reference/endpoint/credit-usage.md'] },
})
