// Long: two ways to connect, two scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const digitalocean = defineService({
  name: 'DigitalOcean',
  docs: 'https://docs.digitalocean.com/reference/api/oauth/',
  category: 'cloud',
  icon: { slug: 'digitalocean' },
  baseUrl: 'https://api.digitalocean.com/v2',
  auth: {
    oauth: oauth2({
      label: 'Sign in with DigitalOcean',
      steps: [
        'In the control panel open API › OAuth Applications and register one with the callback address shown here.',
        'Copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://cloud.digitalocean.com/v1/oauth/authorize',
        token: 'https://cloud.digitalocean.com/v1/oauth/token',
        client: 'body',
        answer: { lifetime: 2_592_000 },
        refresh: { rotates: 'always' },
        revoke: {
          url: 'https://cloud.digitalocean.com/v1/oauth/revoke',
          client: 'none',
          headers: { authorization: 'Bearer {accessToken}' },
          params: { token: '{accessToken}' },
        },
      },
      scopes: {
        ask: { read: 'See everything in the team' },
        offer: { write: 'Create, change and delete what is in the team' },
      },
    }),
    token: bearer({
      label: 'Personal access token',
      docs: 'https://cloud.digitalocean.com/account/api/tokens',
      steps: [
        'In the control panel open API › Tokens and generate one. With custom scopes, tick account:read among them.',
      ],
      token: { label: 'Personal access token', pattern: '^do[po]_v1_[0-9a-f]{64}$', example: 'dop_v1_…' },
    }),
  },
  check: { get: '/account', ok: { path: 'account.uuid', exists: true } },
  identity: { id: ['account.uuid', 'account.team.uuid'], label: 'account.email', team: 'account.team.name' },
  answers: { comeBack: { header: 'ratelimit-reset', as: 'epoch_seconds' } },
  guarded: [
    'ANY /account/keys/**',
    'ANY /spaces/keys/**',
    'GET /kubernetes/clusters/*/kubeconfig',
    'GET /kubernetes/clusters/*/credentials',
    'GET /registry/docker-credentials',
    'ANY /databases/*/users/**',
    'ANY /gen-ai/**/api_keys/**',
  ],
  actions: {
    act_on_droplet: {
      does: 'write',
      title: 'Start, stop or restart a droplet',
      input: {
        droplet: { is: 'integer', about: 'Id of the droplet' },
        action: { is: 'text', about: 'What to do', options: ['power_on', 'shutdown', 'reboot', 'power_cycle'] },
      },
      post: '/droplets/{droplet}/actions',
      body: { type: '{action}' },
      gives: 'action',
      scopes: ['write'],
    },
    list_droplets: {
      does: 'read',
      title: 'List droplets',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/droplets',
      query: { per_page: '{limit}' },
      gives: 'droplets',
      scopes: ['read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/digitalocean/api-v2/issues/57',
      'https://github.com/NangoHQ/nango',
      'https://github.com/simov/grant',
    ],
  },
})
