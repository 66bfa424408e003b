import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const brave_search = defineService({
  name: 'Brave Search',
  docs: 'https://api-dashboard.search.brave.com/app/documentation/web-search/get-started',
  category: 'search',
  icon: { slug: 'brave' },
  baseUrl: 'https://api.search.brave.com/res/v1',
  auth: {
    token: apiKey('x-subscription-token', {
      label: 'Subscription token',
      steps: ['In the API dashboard choose a plan, open API Keys and add a key.'],
      key: { label: 'Subscription token', pattern: '^BSA[A-Za-z0-9_-]{20,}$', example: 'BSA…' },
    }),
  },
  // There is no call beside searching, so each check counts as one query of the plan.
  check: {
    get: '/web/search?q=test&count=1',
    ok: { path: 'type', is: 'search' },
    proves: 'the plan may search the web',
  },
  identity: { none: 'a token does not say whose it is' },
  // Never 401. The header that says when to come back holds one value for each window, so it is not read.
  answers: { rejected: [{ status: 401 }, { status: 422, contains: 'SUBSCRIPTION_TOKEN_INVALID' }] },
  actions: {
    search: {
      does: 'read',
      title: 'Search the web',
      input: {
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 10 },
      },
      get: '/web/search',
      query: { q: '{query}', count: '{limit}' },
      gives: 'web.results',
    },
  },
  verified: { on: '2026-11-20', by: ['https://github.com/Klavis-AI/klavis'] },
})
