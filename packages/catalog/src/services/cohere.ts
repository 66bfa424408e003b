import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const cohere = defineService({
  name: 'Cohere',
  docs: 'https://docs.cohere.com/docs/rate-limits',
  category: 'ai',
  icon: { letters: 'Co', colour: '#39594d' },
  baseUrl: 'https://api.cohere.com',
  hosts: ['api.cohere.ai'],
  auth: {
    api_key: bearer({
      label: 'API key',
      docs: 'https://dashboard.cohere.com/api-keys',
      steps: ['In the dashboard open API Keys and make a key. Trial keys are free and capped by the month.'],
      token: { label: 'API key', pattern: '^[A-Za-z0-9]{40}$' },
    }),
  },
  check: { post: '/v1/check-api-key', body: {}, ok: { path: 'valid', is: true } },
  identity: { id: 'organization_id' },
  actions: {
    chat: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'command-a-03-2025' },
        prompt: { is: 'text', about: 'What to ask' },
      },
      post: '/v2/chat',
      body: { model: '{model}', messages: [{ role: 'user', content: '{prompt}' }] },
      gives: 'message',
    },
    list_models: { does: 'read', title: 'List models', input: {}, get: '/v1/models', gives: 'models' },
  },
  verified: { on: '2026-11-20', by: ['https://docs.cohere.com/reference/check-api-key.md'] },
})
