import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const groq = defineService({
  name: 'Groq',
  docs: 'https://console.groq.com/docs/quickstart',
  category: 'ai',
  icon: { letters: 'Gq', colour: '#f55036' },
  baseUrl: 'https://api.groq.com/openai/v1',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['In the console open API Keys, create a key and copy it: it is shown once.'],
      token: { label: 'API key', pattern: '^gsk_[A-Za-z0-9]{52}$', example: 'gsk_…' },
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
        model: { is: 'text', about: 'Model', example: 'llama-3.3-70b-versatile' },
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
    by: ['https://github.com/mongodb/kingfisher', 'https://github.com/trufflesecurity/trufflehog'],
  },
})
