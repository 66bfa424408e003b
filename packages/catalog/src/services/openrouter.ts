// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const openrouter = defineService({
  name: 'OpenRouter',
  docs: 'https://openrouter.ai/docs/api-reference/authentication',
  category: 'ai',
  icon: { slug: 'openrouter' },
  baseUrl: 'https://openrouter.ai/api/v1',
  auth: {
    // Looks like OAuth, but no app is registered, no state comes back, and what one gets is a lasting API key.
    oauth: oauth2({
      label: 'Sign in with OpenRouter',
      docs: 'https://openrouter.ai/docs/oauth',
      steps: [
        'Nothing has to be registered: choose Connect and agree. OpenRouter makes a new key for this connection.',
      ],
      obtain: {
        authorize: 'https://openrouter.ai/auth',
        token: 'https://openrouter.ai/api/v1/auth/keys',
        client: 'none',
        pkce: 'required',
        body: 'json',
        names: {
          clientId: null,
          responseType: null,
          grantType: null,
          scope: null,
          state: null,
          redirectUri: 'callback_url',
        },
        callback: { state: 'in_redirect' },
        extra: { token: { code_challenge_method: 'S256' } },
        answer: { at: { accessToken: 'key' }, lifetime: 'never' },
        refresh: false,
        revoke: { none: 'Delete the key at OpenRouter under Settings › API Keys.' },
      },
    }),
    api_key: bearer({
      label: 'API key',
      docs: 'https://openrouter.ai/settings/keys',
      steps: ['At OpenRouter open Settings › API Keys and create a key. A credit limit on it caps what can be spent.'],
      token: { label: 'API key', pattern: '^sk-or-v1-[0-9a-f]{64}$', example: 'sk-or-v1-…' },
    }),
  },
  // The list of models is public and would prove nothing.
  check: { get: '/key', ok: { path: 'data.label', exists: true } },
  // The label is the key with its middle cut out.
  identity: { id: 'data.creator_user_id', label: 'data.label' },
  guarded: ['ANY /keys/**', 'ANY /auth/keys/**'],
  actions: {
    create_completion: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'openai/gpt-4o-mini' },
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
      'https://openrouter.ai/docs/oauth',
      'https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key.md',
    ],
  },
})
