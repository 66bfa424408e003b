// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const netlify = defineService({
  name: 'Netlify',
  docs: 'https://docs.netlify.com/api/get-started/',
  category: 'cloud',
  icon: { slug: 'netlify' },
  baseUrl: 'https://api.netlify.com/api/v1',
  headers: { 'user-agent': 'cardea' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with Netlify',
      steps: [
        'In your user settings open Applications › OAuth applications, and make one with the redirect address shown here.',
        'Copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://app.netlify.com/authorize',
        token: 'https://api.netlify.com/oauth/token',
        client: 'body',
        answer: { lifetime: 'never' },
        refresh: false,
        revoke: { none: 'Take the app away in your user settings under Applications.' },
      },
    }),
    token: bearer({
      label: 'Personal access token',
      docs: 'https://app.netlify.com/user/applications',
      steps: [
        'In your user settings open Applications › Personal access tokens, make a token and copy it: it is shown once.',
      ],
      token: {
        label: 'Personal access token',
        pattern: '^(nfp_[A-Za-z0-9_]{36}|[A-Za-z0-9_-]{43,45})$',
        example: 'nfp_…',
      },
    }),
  },
  check: { get: '/user', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'full_name'] },
  guarded: [
    'ANY /oauth/**',
    'ANY /deploy_keys/**',
    'ANY /hooks/**',
    'ANY /sites/*/build_hooks/**',
    'ANY /accounts/*/env/**',
    'POST /accounts/*/members',
  ],
  actions: {
    trigger_build: {
      does: 'write',
      title: 'Build a site anew',
      input: { site: { is: 'text', about: 'Id of the site' } },
      post: '/sites/{site}/builds',
    },
    list_sites: {
      does: 'read',
      title: 'List sites',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/sites',
      query: { per_page: '{limit}' },
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://www.netlify.com/docs/api/',
      'https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api.md',
      'https://github.com/simov/grant',
    ],
  },
})
