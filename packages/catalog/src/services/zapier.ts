// Long: two ways to connect, six scopes to explain and two actions.
import { defineService } from '../define.ts'
import { oauth2, webhook } from '../kinds.ts'

export const zapier = defineService({
  name: 'Zapier',
  docs: 'https://help.zapier.com/hc/en-us/articles/8496288690317-Trigger-Zaps-from-webhooks',
  category: 'automation',
  icon: { slug: 'zapier' },
  baseUrl: 'https://api.zapier.com',
  hosts: ['hooks.zapier.com'],
  auth: {
    // For makers of public integrations only; to start a Zap the webhook below is enough.
    oauth: oauth2({
      label: 'Sign in with Zapier',
      docs: 'https://docs.zapier.com/powered-by-zapier/authentication/methods/user-access-token',
      steps: [
        'Only for a company whose own app is public in the App Directory of Zapier.',
        'In the Developer Platform open Embed › Settings, add the redirect address shown here, and copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://api.zapier.com/v2/authorize',
        token: 'https://zapier.com/oauth/token/',
        client: 'basic',
        pkce: 'refused',
        extra: { authorize: { response_mode: 'query' } },
        // How long a token lives, and whether refreshing replaces it, its makers have not been found to say.
      },
      scopes: {
        ask: { profile: 'See who you are' },
        offer: {
          zap: 'See Zaps that use this integration',
          'zap:all': 'See all your Zaps',
          'zap:account:all': 'See your Zaps and those shared with you',
          'zap:runs': 'See what your Zaps did',
          'zap:write': 'Make and change Zaps',
        },
      },
    }),
    webhook: webhook({
      label: 'Catch hook',
      steps: [
        'In a Zap choose Webhooks by Zapier as the trigger and Catch Hook as its event.',
        'Copy the webhook address that the Test tab shows. Whoever knows it can start the Zap.',
      ],
      url: {
        label: 'Webhook address',
        pattern: '^https://hooks\\.zapier\\.com/hooks/(catch|standard)/[0-9]+/[A-Za-z0-9]+/?(silent/?)?$',
        example: 'https://hooks.zapier.com/hooks/catch/123456/abcdef/',
      },
      // A hook that nobody made is told success as well, and one that exists would run and be charged.
      check: { none: 'every accepted call runs the Zap, and hooks that do not exist are accepted too' },
      identity: { none: 'a webhook does not say whose it is' },
    }),
  },
  check: { get: '/v1/profiles/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'first_name'] },
  guarded: ['ANY /oauth/**', 'POST /v2/authentications', 'POST /*/workflow-steps'],
  actions: {
    send: {
      does: 'write',
      title: 'Start the Zap',
      input: { payload: { is: 'json', about: 'What the Zap receives', example: '{"name":"Ada"}' } },
      post: '',
      body: '{payload}',
      methods: ['webhook'],
    },
    list_zaps: {
      does: 'read',
      title: 'List Zaps',
      input: { limit: { is: 'integer', about: 'How many at most', default: 10 } },
      get: '/v2/zaps',
      query: { limit: '{limit}' },
      gives: 'data',
      scopes: ['zap', 'zap:all', 'zap:account:all'],
      methods: ['oauth'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.zapier.com/powered-by-zapier/authentication/methods/user-access-token',
      'https://docs.zapier.com/powered-by-zapier/api-reference/oauth-scopes',
      'https://docs.zapier.com/api-reference/workflow/zaps/get-zaps-v2',
      'https://community.zapier.com/code-webhooks-52/how-to-output-ok-in-response-to-catch-hook-13867',
      'https://composable-docs.zeotap.com/destinations/other/zapier/',
      'https://raw.githubusercontent.com/api-evangelist/zapier/refs/heads/main/capabilities/partner-accounts.yaml',
    ],
  },
})
