import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const gemini = defineService({
  name: 'Google Gemini API',
  docs: 'https://ai.google.dev/gemini-api/docs/api-key',
  category: 'ai',
  icon: { slug: 'googlegemini' },
  baseUrl: 'https://generativelanguage.googleapis.com',
  auth: {
    api_key: apiKey('x-goog-api-key', {
      label: 'API key',
      docs: 'https://aistudio.google.com/apikey',
      steps: ['In Google AI Studio open Get API key, create a key in a project, and copy it. New ones begin with AQ.'],
      key: {
        label: 'API key',
        // Google announced the end of AIza keys for September 2026 without a day: they are taken, and Google has the last word.
        hint: 'Keys that begin with AIza are of the old kind, which Google has been switching off since September 2026.',
        pattern: '^(AIza[0-9A-Za-z_-]{35}|AQ\\.[0-9A-Za-z_.-]+)$',
        example: 'AQ.Ab8RN6I5…',
      },
    }),
  },
  check: { get: '/v1/models?pageSize=1', ok: { path: 'models', exists: true } },
  identity: { none: 'a key does not say whose it is' },
  answers: {
    // A wrong key is a 400 here. When to come back stands inside the body, for which there is no word.
    rejected: [{ status: 401 }, { status: 400, contains: 'API_KEY_INVALID' }],
  },
  guarded: ['ANY /batch**'],
  actions: {
    generate_text: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'gemini-2.5-flash' },
        prompt: { is: 'text', about: 'What to ask' },
      },
      post: '/v1beta/models/{model}:generateContent',
      body: { contents: [{ parts: [{ text: '{prompt}' }] }] },
      gives: 'candidates.0.content.parts',
    },
    list_models: { does: 'read', title: 'List models', input: {}, get: '/v1beta/models', gives: 'models' },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://ai.google.dev/gemini-api/docs/api-key.md.txt',
      'https://ai.google.dev/tutorials/setup?authuser=00',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
