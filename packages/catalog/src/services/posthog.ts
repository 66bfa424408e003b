// Long: two ways to connect, three scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const posthog = defineService({
  name: 'PostHog',
  docs: 'https://posthog.com/docs/api',
  category: 'analytics',
  icon: { slug: 'posthog' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with PostHog',
      docs: 'https://posthog.com/docs/api/oauth',
      steps: [
        'Either publish a client metadata document at an address of yours, and use that address as the client id without a secret,',
        'or have PostHog register an app with the redirect address shown here.',
      ],
      settings: {
        region: {
          kind: 'choice',
          label: 'Region',
          options: {
            us: { label: 'United States', api: 'us.posthog.com' },
            eu: { label: 'Europe', api: 'eu.posthog.com' },
          },
          default: 'us',
        },
      },
      obtain: {
        // This host passes everybody on to the region of their account.
        authorize: 'https://oauth.posthog.com/oauth/authorize/',
        token: 'https://oauth.posthog.com/oauth/token/',
        client: ['none', 'body'],
        pkce: 'required',
        refresh: { rotates: 'sometimes' },
        revoke: { url: 'https://oauth.posthog.com/oauth/revoke/', client: 'body', params: { token: '{liveToken}' } },
      },
      scopes: {
        ask: { 'user:read': 'See who you are' },
        offer: { 'project:read': 'See your projects', 'query:read': 'Query your data' },
      },
      baseUrl: 'https://{region.api}',
    }),
    // Project keys, which begin with phc_, are public and only take events in.
    api_key: bearer({
      label: 'Personal API key',
      steps: [
        'In PostHog open Settings › Personal API keys and create one with the scopes you need, at least user:read.',
      ],
      settings: {
        server: {
          kind: 'url',
          label: 'Address',
          hint: 'https://eu.posthog.com in Europe, or the address of your own server.',
          default: 'https://us.posthog.com',
        },
      },
      token: { label: 'Personal API key', pattern: '^phx_[A-Za-z0-9_]{40,100}$' },
      baseUrl: '{server}',
    }),
  },
  // Without the slash at the end the answer is a redirect.
  check: { get: '/api/users/@me/', ok: { path: 'uuid', exists: true } },
  identity: { id: 'uuid', label: ['email', 'first_name'], team: 'organization.name' },
  guarded: [
    'ANY /oauth/**',
    'ANY /api/personal_api_keys/**',
    'ANY /api/organizations/*/invites/**',
    'ANY /api/organizations/*/oauth_applications/**',
    'ANY /api/projects/*/hog_functions/**',
  ],
  actions: {
    query: {
      does: 'read',
      title: 'Query with SQL',
      input: {
        project: { is: 'integer', about: 'Id of the project' },
        query: { is: 'text', about: 'A HogQL query', example: 'select event, count() from events group by event' },
      },
      post: '/api/projects/{project}/query/',
      body: { query: { kind: 'HogQLQuery', query: '{query}' } },
      gives: 'results',
      scopes: ['query:read'],
    },
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: {},
      get: '/api/projects/',
      gives: 'results',
      scopes: ['project:read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://posthog.com/docs/api/oauth',
      'https://posthog.com/docs/api/oauth-applications',
      'https://nango.dev/docs/api-integrations/posthog-oauth/how-to-register-your-own-posthog-oauth-api-oauth-app',
      'https://docs.gitguardian.com/secrets-detection/secrets-detection-engine/detectors/specifics/posthog_oauth_access_token',
    ],
  },
})
