import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const deepgram = defineService({
  name: 'Deepgram',
  docs: 'https://developers.deepgram.com/docs/create-additional-api-keys',
  category: 'ai',
  icon: { slug: 'deepgram' },
  baseUrl: 'https://api.deepgram.com',
  auth: {
    // Bearer is for short-lived tokens only.
    api_key: apiKey(
      'authorization',
      {
        label: 'API key',
        steps: ['In the console choose a project, open API Keys and create a key. It is shown once.'],
        key: { label: 'API key', pattern: '^[0-9a-f]{40}$' },
      },
      'Token {key}',
    ),
  },
  check: { get: '/v1/projects', ok: { path: 'projects', exists: true } },
  identity: { id: 'projects.0.project_id', label: 'projects.0.name' },
  guarded: ['ANY /v1/projects/*/keys/**', 'POST /v1/auth/grant', 'ANY /v1/projects/*/invites/**'],
  actions: {
    transcribe: {
      does: 'write',
      title: 'Turn a recording into text',
      input: {
        url: { is: 'url', about: 'Where the recording is' },
        model: { is: 'text', about: 'Model', default: 'nova-3' },
      },
      post: '/v1/listen',
      query: { model: '{model}', smart_format: 'true' },
      body: { url: '{url}' },
      gives: 'results',
    },
    list_projects: { does: 'read', title: 'List projects', input: {}, get: '/v1/projects', gives: 'projects' },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/mongodb/kingfisher', 'https://github.com/trufflesecurity/trufflehog'],
  },
})
