// Long: three ways to connect and two actions.
import { defineService } from '../define.ts'
import { bearer, none } from '../kinds.ts'

const settings = {
  server: {
    kind: 'url',
    label: 'Address of the server',
    hint: 'A private address must be allowed by the administrator of this server first.',
    default: 'http://localhost:11434',
  },
} as const
const baseUrl = '{server}'
const check = { get: '/api/tags', ok: { path: 'models', exists: true }, proves: 'the server answers' } as const
const identity = { from: 'values', id: 'server', label: 'server' } as const

export const ollama = defineService({
  name: 'Ollama',
  docs: 'https://docs.ollama.com/api/authentication.md',
  category: 'ai',
  icon: { slug: 'ollama' },
  auth: {
    api_key: bearer({
      label: 'API key for ollama.com',
      docs: 'https://ollama.com/settings/keys',
      steps: ['At ollama.com open Settings › Keys, create an API key and copy it: it is shown once.'],
      token: { label: 'API key' },
      baseUrl: 'https://ollama.com',
      // The list of models is public there. This call is the one the vendor's own client makes; it must be a POST.
      check: { post: '/api/me', body: {}, ok: { path: 'Email', exists: true } },
      identity: { id: 'Email', label: ['Email', 'Name'] },
    }),
    none: none({
      label: 'Your own server',
      steps: [
        'Start Ollama with OLLAMA_HOST set to an address that this server reaches, and enter that address. It asks for no credential.',
      ],
      settings,
      baseUrl,
      check: { ...check, weak: true },
      identity,
    }),
    token: bearer({
      label: 'Your own server behind a proxy',
      steps: ['Enter the address of the proxy and the bearer token that it checks. Ollama itself checks none.'],
      settings,
      token: { label: 'Token' },
      baseUrl,
      check,
      identity,
    }),
  },
  check,
  identity,
  actions: {
    chat: {
      does: 'write',
      title: 'Ask a model',
      input: {
        model: { is: 'text', about: 'Model', example: 'llama3.2' },
        prompt: { is: 'text', about: 'What to ask' },
      },
      post: '/api/chat',
      body: { model: '{model}', messages: [{ role: 'user', content: '{prompt}' }], stream: false },
      gives: 'message',
    },
    list_models: { does: 'read', title: 'List models', input: {}, get: '/api/tags', gives: 'models' },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://docs.ollama.com/api/authentication.md', 'https://nango.dev/docs/api-integrations/ollama/connect'],
  },
})
