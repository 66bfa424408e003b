import { defineService } from '../define.ts'
import { apiKey, keys } from '../kinds.ts'

export const anthropic = defineService({
  name: 'Anthropic',
  docs: 'https://docs.anthropic.com/en/api/getting-started',
  category: 'ai',
  icon: { slug: 'anthropic' },
  baseUrl: 'https://api.anthropic.com',
  // Without a version the answer is 400, easily taken for a bad key.
  headers: { 'anthropic-version': '2023-06-01' },
  auth: {
    api_key: apiKey('x-api-key', {
      label: 'API key',
      docs: 'https://console.anthropic.com/settings/keys',
      steps: ['In the console open Settings › API keys and create a key for one workspace.'],
      key: { label: 'API key', pattern: '^sk-ant-api[0-9]{2}-[A-Za-z0-9_-]{80,120}$', example: 'sk-ant-api03-…' },
    }),
    // Refused in x-api-key. The vendor's terms keep these tokens to its own clients; whether yours is one is for you to say.
    cli: keys({
      label: 'Claude Code on your computer',
      steps: [
        'Sign in with claude; cardea connect finds it. Cardea reads the login and never refreshes it: that would sign Claude Code out.',
      ],
      reader: 'claude',
      fields: { token: { label: 'OAuth token', pattern: '^sk-ant-oat[0-9]{2}-[A-Za-z0-9_-]+$' } },
      send: { headers: { authorization: 'Bearer {token}', 'anthropic-beta': 'oauth-2025-04-20' } },
    }),
  },
  // Lists models: spends no tokens.
  check: { get: '/v1/models?limit=1', ok: { path: 'data', exists: true } },
  identity: { none: 'an ordinary key does not say whose it is' },
  answers: { unavailable: [{ status: [500, 502, 503, 504, 529] }] },
  guarded: ['ANY /v1/organizations/**'],
  actions: {
    create_message: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model' },
        prompt: { is: 'text', about: 'What to ask' },
        limit: { is: 'integer', about: 'Most tokens to answer with', default: 1024 },
      },
      post: '/v1/messages',
      body: { model: '{model}', max_tokens: '{limit}', messages: [{ role: 'user', content: '{prompt}' }] },
      gives: 'content',
    },
    list_models: { does: 'read', title: 'List models', input: {}, get: '/v1/models', gives: 'data' },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://platform.claude.com/docs/en/api/models', 'https://docs.anthropic.com/pt/api/models-list'],
  },
})
