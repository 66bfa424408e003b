// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const telnyx = defineService({
  name: 'Telnyx',
  docs: 'https://developers.telnyx.com/docs/development/api-fundamentals/create-api-keys',
  category: 'telephony',
  icon: { letters: 'Tx', colour: '#00c08b' },
  baseUrl: 'https://api.telnyx.com/v2',
  auth: {
    // Version 1 had a token and a user name of its own; it is another API.
    api_key: bearer({
      label: 'API key',
      steps: [
        'In the Mission Control Portal click your name at the top right and open API Keys.',
        'Create a key and copy it at once: it is shown in full only this once.',
      ],
      token: { label: 'API key', pattern: '^KEY[0-9A-Za-z_-]{40,120}$', example: 'KEY0123…' },
    }),
  },
  // The call that the vendor itself names for trying a key.
  check: { get: '/balance', ok: { path: 'data', exists: true } },
  identity: {
    from: { get: '/whoami' },
    id: 'data.organization_id',
    label: ['data.user_email', 'data.organization_id'],
  },
  guarded: [
    'ANY /api_keys/**',
    'ANY /oauth_clients/**',
    'ANY /managed_accounts/**',
    'ANY /telephony_credentials/**',
    'PATCH /phone_numbers/*/voice',
    'PATCH /phone_numbers/*/messaging',
    'PATCH /messaging_profiles/*',
  ],
  actions: {
    send_sms: {
      does: 'write',
      title: 'Send a text message',
      input: {
        to: { is: 'text', about: 'Number of the receiver', example: '+15551234567' },
        from: { is: 'text', about: 'One of your numbers', example: '+15557654321' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/messages',
      body: { to: '{to}', from: '{from}', text: '{text}' },
      gives: 'data',
    },
    list_messaging_profiles: {
      does: 'read',
      title: 'List messaging profiles',
      input: {},
      get: '/messaging_profiles',
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.telnyx.com/docs/development/api-fundamentals/first-api-request.md',
      'https://developers.telnyx.com/docs/messaging',
      'https://developers.telnyx.com/development/api-fundamentals/authentication',
      'https://developers.telnyx.com/docs/v1/development/authentication/',
    ],
  },
})
