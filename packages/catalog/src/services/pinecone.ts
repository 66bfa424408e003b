import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const pinecone = defineService({
  name: 'Pinecone',
  docs: 'https://docs.pinecone.io/guides/projects/manage-api-keys',
  category: 'data',
  icon: { letters: 'Pc', colour: '#1c17ff' },
  baseUrl: 'https://api.pinecone.io',
  // Every index has a host of its own below this one.
  hosts: ['*.pinecone.io'],
  headers: { 'x-pinecone-api-version': '2025-10' },
  auth: {
    api_key: apiKey('api-key', {
      label: 'API key',
      steps: ['In the console choose a project, open API keys and create a key. It is shown once.'],
      key: { label: 'API key', pattern: '^(pcsk_[A-Za-z0-9_]{40,}|[0-9a-f-]{36})$', example: 'pcsk_…' },
    }),
  },
  check: { get: '/indexes', ok: { path: 'indexes', exists: true } },
  identity: { none: 'a key does not say to which project it belongs' },
  guarded: ['ANY /admin/**'],
  actions: {
    list_indexes: { does: 'read', title: 'List indexes', input: {}, get: '/indexes', gives: 'indexes' },
    embed: {
      does: 'write',
      title: 'Turn texts into vectors',
      input: {
        text: { is: 'text', about: 'The text' },
        model: { is: 'text', about: 'Model', default: 'llama-text-embed-v2' },
        kind: { is: 'text', about: 'What the text is', options: ['query', 'passage'], default: 'query' },
      },
      post: '/embed',
      body: { model: '{model}', parameters: { input_type: '{kind}' }, inputs: [{ text: '{text}' }] },
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.pinecone.io/reference/api/2026-07/control-plane/list_indexes',
      'https://www.pinecone.io/openapi.json',
    ],
  },
})
