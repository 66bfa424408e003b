import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

// A key without the right to read its user answers as a wrong one would; only the word in the body differs.
const permissionMissing = { status: 401, path: 'detail.status', is: 'missing_permissions' } as const

export const elevenlabs = defineService({
  name: 'ElevenLabs',
  docs: 'https://elevenlabs.io/docs/api-reference/authentication',
  category: 'ai',
  icon: { slug: 'elevenlabs' },
  baseUrl: 'https://api.elevenlabs.io',
  auth: {
    api_key: apiKey('xi-api-key', {
      label: 'API key',
      steps: [
        'Open Developers › API Keys and create a key. If you restrict it, leave it User: read, so that it can say whose it is.',
      ],
      key: { label: 'API key', pattern: '^(sk_[a-f0-9]{48}|[a-f0-9]{32})$', example: 'sk_…' },
    }),
  },
  check: { get: '/v1/user', ok: { path: 'user_id', exists: true }, alsoOk: [permissionMissing] },
  identity: { id: 'user_id', label: ['first_name', 'user_id'] },
  answers: { restricted: [{ status: 403 }, permissionMissing] },
  guarded: ['ANY /v1/service-accounts/**', 'ANY /v1/workspace/**', 'POST /v1/single-use-token/**'],
  actions: {
    speak: {
      does: 'write',
      title: 'Turn text into speech',
      input: {
        voice: { is: 'text', about: 'Id of the voice' },
        text: { is: 'text', about: 'What to say' },
        model: { is: 'text', about: 'Model', default: 'eleven_multilingual_v2' },
      },
      post: '/v1/text-to-speech/{voice}',
      body: { text: '{text}', model_id: '{model}' },
    },
    list_voices: { does: 'read', title: 'List voices', input: {}, get: '/v1/voices', gives: 'voices' },
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
