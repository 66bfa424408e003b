// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { apiKey, keys } from '../kinds.ts'

export const make = defineService({
  name: 'Make',
  docs: 'https://developers.make.com/api-documentation/authentication/create-authentication-token',
  category: 'automation',
  icon: { slug: 'make' },
  auth: {
    api_token: apiKey(
      'authorization',
      {
        label: 'API token',
        steps: [
          'Click your picture, then Profile, and open the API tab.',
          'Add a token with the scopes user:read and scenarios:read and copy it at once: later only parts of it are shown.',
        ],
        settings: {
          zone: {
            kind: 'choice',
            label: 'Zone',
            hint: 'As in the address of your browser. A token of one zone is refused by every other.',
            default: 'eu1.make.com',
            options: [
              'eu1.make.com',
              'eu2.make.com',
              'us1.make.com',
              'us2.make.com',
              'eu1.make.celonis.com',
              'us1.make.celonis.com',
            ],
          },
        },
        baseUrl: 'https://{zone}/api/v2',
        key: { label: 'API token', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
        identity: { id: 'authUser.id', label: ['authUser.email', 'authUser.name'], at: '{zone}' },
      },
      'Token {key}',
    ),
    webhook: keys({
      label: 'Custom webhook',
      docs: 'https://help.make.com/webhooks',
      steps: [
        'In a scenario add the module Webhooks › Custom webhook, make a webhook and copy its address.',
        'If you gave it API keys, enter one of them too: without it the webhook refuses the call.',
      ],
      fields: {
        url: {
          label: 'Webhook address',
          pattern:
            '^https://hook\\.(eu1\\.make\\.com|eu2\\.make\\.com|us1\\.make\\.com|us2\\.make\\.com|eu1\\.make\\.celonis\\.com|us1\\.make\\.celonis\\.com)/[A-Za-z0-9]+$',
          example: 'https://hook.eu2.make.com/abcdef',
        },
        apiKey: { label: 'API key of the webhook', optional: true },
      },
      hosts: [
        'hook.eu1.make.com',
        'hook.eu2.make.com',
        'hook.us1.make.com',
        'hook.us2.make.com',
        'hook.eu1.make.celonis.com',
        'hook.us1.make.celonis.com',
      ],
      send: { url: '{url}', headers: { 'x-make-apikey': '{apiKey}' } },
      check: { none: 'every accepted call runs the scenario and uses up operations' },
      identity: { none: 'a webhook does not say whose it is' },
    }),
  },
  check: { get: '/users/me', ok: { path: 'authUser.id', exists: true } },
  identity: { id: 'authUser.id', label: ['authUser.email', 'authUser.name'] },
  guarded: ['ANY /users/me/api-tokens/**', 'POST /hooks', 'ANY /keys/**'],
  actions: {
    send: {
      does: 'write',
      title: 'Start the scenario',
      input: { payload: { is: 'json', about: 'What the scenario receives', example: '{"name":"Ada"}' } },
      post: '',
      body: '{payload}',
      methods: ['webhook'],
    },
    list_scenarios: {
      does: 'read',
      title: 'List the scenarios of a team',
      input: { team: { is: 'integer', about: 'Id of the team, as in the address of its page' } },
      get: '/scenarios',
      query: { teamId: '{team}' },
      gives: 'scenarios',
      methods: ['api_token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.make.com/api-documentation/authentication/create-authentication-token',
      'https://developers.make.com/api-documentation/api-reference/scenarios',
      'https://developers.make.com/api-documentation/api-reference/users/api-tokens/post--users--me--api-tokens',
      'https://apps.make.com/gateway',
    ],
  },
})
