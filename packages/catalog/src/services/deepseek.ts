import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const deepseek = defineService({
  name: 'DeepSeek',
  docs: 'https://api-docs.deepseek.com/',
  category: 'ai',
  icon: { slug: 'deepseek' },
  baseUrl: 'https://api.deepseek.com',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['On the platform open API keys, create a key and copy it: it is shown once.'],
      token: { label: 'API key', pattern: '^sk-[a-z0-9]{32}$', example: 'sk-…' },
    }),
  },
  check: { get: '/user/balance', ok: { path: 'is_available', exists: true } },
  identity: { none: 'a key does not say whose it is' },
  // 402: the key is good and the balance is spent.
  answers: { restricted: [{ status: [402, 403] }] },
  actions: {
    create_completion: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'deepseek-chat' },
        prompt: { is: 'text', about: 'What to ask' },
        limit: { is: 'integer', about: 'Most tokens to answer with', default: 1024 },
      },
      post: '/chat/completions',
      body: { model: '{model}', max_tokens: '{limit}', messages: [{ role: 'user', content: '{prompt}' }] },
      gives: 'choices.0.message',
    },
    list_models: { does: 'read', title: 'List models', input: {}, get: '/models', gives: 'data' },
  },
  verified: { on: '2026-11-20', by: ['https://api-docs.deepseek.com/zh-cn/api/get-user-balance/'] },
})
