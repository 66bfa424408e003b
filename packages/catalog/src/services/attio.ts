import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const attio = defineService({
  name: 'Attio',
  docs: 'https://docs.attio.com/rest-api/guides/authentication',
  category: 'crm',
  icon: { letters: 'At', colour: '#111827' },
  baseUrl: 'https://api.attio.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Attio',
      steps: [
        'At build.attio.com make an app, switch OAuth on and add the redirect address shown here.',
        'Choose its scopes there, and copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://app.attio.com/authorize',
        token: 'https://app.attio.com/oauth/token',
        client: 'body',
        // The answer names neither a life nor a refresh token.
        answer: { lifetime: 'never' },
        refresh: false,
      },
    }),
    api_key: bearer({
      label: 'API key',
      steps: [
        'In Attio open Workspace settings › Developers, make an access token with the scopes that you need, and copy it.',
      ],
      token: { label: 'API key' },
    }),
  },
  // A dead token is answered with 200, and with active: false.
  check: { get: '/v2/self', ok: { path: 'active', is: true } },
  identity: { id: 'workspace_id', label: 'workspace_name' },
  answers: { rejected: [{ status: 401 }, { path: 'active', is: false }] },
  guarded: ['POST /v2/webhooks', 'PATCH /v2/webhooks/*'],
  actions: {
    list_records: {
      does: 'read',
      title: 'List records',
      input: {
        object: { is: 'text', about: 'Kind of record', example: 'people' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      post: '/v2/objects/{object}/records/query',
      body: { limit: '{limit}' },
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.attio.com/docs/oauth/token',
      'https://docs.attio.com/docs/oauth/introspect.md',
      'https://docs.attio.com/rest-api/guides/authentication',
    ],
  },
})
