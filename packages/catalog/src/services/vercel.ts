// Long: three ways to connect, four scopes to explain and two actions.
import { defineService } from '../define.ts'
import { keys, oauth2 } from '../kinds.ts'

// What belongs to a team is found only when each call names the team.
const send = { headers: { authorization: 'Bearer {accessToken}' }, query: { teamId: '{teamId}' } } as const

export const vercel = defineService({
  name: 'Vercel',
  docs: 'https://vercel.com/docs/rest-api',
  category: 'cloud',
  icon: { slug: 'vercel' },
  baseUrl: 'https://api.vercel.com',
  auth: {
    oauth: oauth2({
      label: 'Install as a Vercel integration',
      docs: 'https://vercel.com/docs/integrations',
      steps: [
        'In the Integrations Console create an integration with the redirect address shown here and the permissions you want.',
        'Enter the last part of its address, and copy client id and secret.',
      ],
      settings: { slug: { kind: 'text', label: 'Name in the address', pattern: '^[a-z0-9-]{1,64}$' } },
      // Afterwards the person should be sent on to the address in `next`, for which there is no word.
      obtain: {
        authorize: 'https://vercel.com/integrations/{slug}/new',
        token: 'https://api.vercel.com/v2/oauth/access_token',
        client: 'body',
        names: { scope: null },
        answer: { lifetime: 'never' },
        refresh: false,
        revoke: { none: 'Uninstall the integration in the settings of the team.' },
      },
      learn: { teamId: { from: 'token', at: 'team_id', pattern: '^team_[A-Za-z0-9]{1,64}$', optional: true } },
      send,
    }),
    oauth_user: oauth2({
      label: 'Sign in with Vercel',
      docs: 'https://vercel.com/docs/sign-in-with-vercel/authorization-server-api',
      steps: [
        'In the settings of your team open Apps, make an app with the redirect address shown here, and copy id and secret.',
      ],
      obtain: {
        authorize: 'https://vercel.com/oauth/authorize',
        token: 'https://api.vercel.com/login/oauth/token',
        pkce: 'required',
        answer: { lifetime: 3600 },
        refresh: { rotates: 'always', lapses: { idleSeconds: 2_592_000 } },
        revoke: { url: 'https://api.vercel.com/login/oauth/token/revoke', params: { token: '{liveToken}' } },
      },
      scopes: {
        ask: { openid: 'Know that it is you', profile: 'See your name' },
        offer: { email: 'See your e-mail address', offline_access: 'Stay connected without asking again' },
      },
      check: { get: '/login/oauth/userinfo', ok: { path: 'sub', exists: true } },
      identity: { id: 'sub', label: ['preferred_username', 'email', 'name'] },
    }),
    token: keys({
      label: 'Access token',
      docs: 'https://vercel.com/docs/accounts/access-tokens',
      steps: ['Open Account Settings › Tokens, create a token for one team or project, and copy it: it is shown once.'],
      settings: {
        teamId: {
          kind: 'text',
          label: 'Team id',
          hint: 'In the settings of the team; leave it empty for your own account.',
          optional: true,
          pattern: '^team_[A-Za-z0-9]{1,64}$',
        },
      },
      fields: { token: { label: 'Access token', pattern: '^(vcp_[A-Za-z0-9]{20,128}|[A-Za-z0-9]{24})$' } },
      send: { headers: { authorization: 'Bearer {token}' }, query: { teamId: '{teamId}' } },
    }),
  },
  check: { get: '/v2/user', ok: { path: 'user.id', exists: true } },
  identity: { id: 'user.id', label: ['user.username', 'user.email'] },
  // A dead token is 403, as is a call that a living one may not make.
  answers: {
    restricted: [{ status: 403, path: 'error.invalidToken', exists: false }],
    rejected: [{ status: 401 }, { status: 403, path: 'error.invalidToken', is: true }],
    comeBack: { header: 'x-ratelimit-reset', as: 'epoch_seconds' },
  },
  guarded: [
    'ANY /v3/user/tokens/**',
    'ANY /v5/user/tokens/**',
    'ANY /v6/user/tokens/**',
    'POST /v1/integrations/sso/token',
    'ANY /v8/projects/*/env/**',
    'ANY /v9/projects/*/env/**',
    'ANY /v10/projects/*/env/**',
    'POST /v1/webhooks',
  ],
  actions: {
    list_deployments: {
      does: 'read',
      title: 'List deployments',
      input: {
        project: { is: 'text', about: 'Id of the project', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/v6/deployments',
      query: { projectId: '{project}', limit: '{limit}' },
      gives: 'deployments',
      methods: ['oauth', 'token'],
    },
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/v9/projects',
      query: { limit: '{limit}' },
      gives: 'projects',
      methods: ['oauth', 'token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://vercel.com/docs/sign-in-with-vercel/authorization-server-api',
      'https://vercel.com/.well-known/oauth-authorization-server',
      'https://vercel.com/docs/rest-api/authentication',
      'https://skills.sh/vercel/vercel-plugin/sign-in-with-vercel',
    ],
  },
})
