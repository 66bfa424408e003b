import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const xai = defineService({
  name: 'xAI',
  docs: 'https://docs.x.ai/docs/overview',
  category: 'ai',
  icon: { letters: 'xAI', colour: '#0a0a0a' },
  baseUrl: 'https://api.x.ai/v1',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['In the console open API Keys, create a key for your team and copy it: it is shown once.'],
      token: { label: 'API key', pattern: '^xai-[0-9A-Za-z_]{80}$', example: 'xai-…' },
    }),
  },
  check: { get: '/api-key', ok: { path: 'api_key_id', exists: true } },
  identity: { id: ['team_id', 'user_id'], label: 'name' },
  // A wrong key is 400, and a blocked one is described in a 200.
  answers: {
    rejected: [
      { status: 401 },
      { status: 400, contains: 'ncorrect API key' },
      { path: 'api_key_blocked', is: true },
      { path: 'api_key_disabled', is: true },
    ],
  },
  actions: {
    create_completion: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'grok-4' },
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
    by: [
      'https://github.com/mongodb/kingfisher',
      'https://github.com/NangoHQ/nango',
      'https://github.com/trufflesecurity/trufflehog',
    ],
  },
})
