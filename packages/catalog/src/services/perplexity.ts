import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const perplexity = defineService({
  name: 'Perplexity',
  docs: 'https://docs.perplexity.ai/guides/getting-started',
  category: 'ai',
  icon: { slug: 'perplexity' },
  baseUrl: 'https://api.perplexity.ai',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['In your account settings open API, add a payment method, and generate a key for your group.'],
      token: { label: 'API key', pattern: '^pplx-[A-Za-z0-9]{40,}$', example: 'pplx-…' },
    }),
  },
  // Lists jobs that were started before: spends nothing.
  check: { get: '/async/chat/completions' },
  identity: { none: 'a key does not say whose it is' },
  guarded: ['POST /generate_auth_token', 'POST /revoke_auth_token'],
  actions: {
    create_completion: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'sonar' },
        prompt: { is: 'text', about: 'What to ask' },
        limit: { is: 'integer', about: 'Most tokens to answer with', default: 1024 },
      },
      post: '/chat/completions',
      body: { model: '{model}', max_tokens: '{limit}', messages: [{ role: 'user', content: '{prompt}' }] },
      gives: 'choices.0.message',
    },
    search: {
      does: 'read',
      title: 'Search the web',
      input: {
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 10 },
      },
      post: '/search',
      body: { query: '{query}', max_results: '{limit}' },
      gives: 'results',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://docs.perplexity.ai/api', 'https://hex.pm/packages/ex_llm/0.5.0/files/docs/perplexity/llms.txt'],
  },
})
