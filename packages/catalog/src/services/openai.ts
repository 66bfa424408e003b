// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

// A restricted key that may not list models is a real key all the same.
const scopesMissing = { status: [401, 403], contains: 'Missing scopes' } as const

export const openai = defineService({
  name: 'OpenAI',
  docs: 'https://developers.openai.com/api/reference/overview',
  category: 'ai',
  icon: { letters: 'AI', colour: '#10a37f' },
  settings: {
    organization: {
      kind: 'text',
      label: 'Organisation id',
      hint: 'Only if your key belongs to several.',
      optional: true,
      pattern: '^org-[A-Za-z0-9]{1,64}$',
    },
    project: { kind: 'text', label: 'Project id', optional: true, pattern: '^proj_[A-Za-z0-9]{1,64}$' },
  },
  baseUrl: 'https://api.openai.com/v1',
  headers: { 'openai-organization': '{organization}', 'openai-project': '{project}' },
  auth: {
    api_key: bearer({
      label: 'API key',
      docs: 'https://platform.openai.com/api-keys',
      steps: [
        'At platform.openai.com open API keys and create a secret key for one project. Restricted keys will do if they may list models.',
      ],
      token: {
        label: 'API key',
        pattern: '^sk-(proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}$',
        example: 'sk-proj-…',
      },
    }),
    // Signing in with a ChatGPT plan leaves a token that this API refuses, so that login is not read.
    cli: bearer({
      label: 'Codex on your computer',
      steps: ['Sign in with codex login and an API key; cardea connect finds it.'],
      reader: 'codex',
      token: { label: 'API key', pattern: '^sk-[A-Za-z0-9_-]{20,}$' },
    }),
  },
  // Lists models: spends no tokens.
  check: { get: '/models', ok: { path: 'data', exists: true }, alsoOk: [scopesMissing] },
  identity: { from: { get: '/me' }, id: 'id', label: ['email', 'name'], team: 'orgs.data.0.title' },
  // A used-up budget comes as 429 too, and waiting does not cure it.
  answers: { restricted: [{ status: 403 }, scopesMissing, { status: 429, contains: 'insufficient_quota' }] },
  guarded: [
    'ANY /organization/**',
    'POST /realtime/client_secrets',
    'POST /realtime/sessions',
    'POST /chatkit/sessions',
  ],
  actions: {
    create_response: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model' },
        prompt: { is: 'text', about: 'What to ask' },
        instructions: { is: 'text', about: 'How to answer', optional: true },
        limit: { is: 'integer', about: 'Most tokens to answer with', optional: true },
      },
      post: '/responses',
      body: { model: '{model}', input: '{prompt}', instructions: '{instructions}', max_output_tokens: '{limit}' },
    },
    list_models: { does: 'read', title: 'List models', input: {}, get: '/models', gives: 'data' },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.openai.com/api/reference/overview',
      'https://help.openai.com/en/articles/9132009-how-can-i-view-the-usage-of-my-api-organization',
    ],
  },
})
