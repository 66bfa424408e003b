import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const mistral = defineService({
  name: 'Mistral AI',
  docs: 'https://docs.mistral.ai/getting-started/quickstart/',
  category: 'ai',
  icon: { slug: 'mistralai' },
  baseUrl: 'https://api.mistral.ai/v1',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['In the console open API Keys for your workspace, create a key and copy it: it is shown once.'],
      token: { label: 'API key', pattern: '^[A-Za-z0-9]{32}$' },
    }),
  },
  // Lists models: spends no tokens.
  check: { get: '/models', ok: { path: 'data', exists: true } },
  identity: { none: 'a key does not say whose it is' },
  actions: {
    create_completion: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'mistral-small-latest' },
        prompt: { is: 'text', about: 'What to ask' },
        limit: { is: 'integer', about: 'Most tokens to answer with', default: 1024 },
      },
      post: '/chat/completions',
      body: { model: '{model}', max_tokens: '{limit}', messages: [{ role: 'user', content: '{prompt}' }] },
      gives: 'choices.0.message',
    },
    list_models: { does: 'read', title: 'List models', input: {}, get: '/models', gives: 'data' },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://glama.ai/mcp/connectors/io.usefulapi/mistral/tools/mistral_list_models'],
  },
})
