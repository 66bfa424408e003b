// Long: three ways to connect and three actions.
import { defineService } from '../define.ts'
import { bearer, keys, oauth2 } from '../kinds.ts'

export const supabase = defineService({
  name: 'Supabase',
  docs: 'https://supabase.com/docs/guides/integrations/build-a-supabase-oauth-integration',
  category: 'data',
  icon: { slug: 'supabase' },
  baseUrl: 'https://api.supabase.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Supabase',
      steps: [
        'In the settings of your organisation open OAuth Apps and add an application with the redirect address shown here.',
        'Its permissions take the place of scopes: at least Organizations and Projects, to read. Copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://api.supabase.com/v1/oauth/authorize',
        token: 'https://api.supabase.com/v1/oauth/token',
        refresh: { rotates: 'always' },
        revoke: {
          url: 'https://api.supabase.com/v1/oauth/revoke',
          client: 'none',
          body: 'json',
          params: { client_id: '{clientId}', client_secret: '{clientSecret}', refresh_token: '{refreshToken}' },
          ends: 'grant',
        },
      },
    }),
    token: bearer({
      label: 'Personal access token',
      docs: 'https://supabase.com/dashboard/account/tokens',
      steps: ['At supabase.com/dashboard/account/tokens generate a token and copy it. It can do whatever you can.'],
      token: { label: 'Token', pattern: '^sbp_[a-z0-9]{40}$', example: 'sbp_…' },
    }),
    project_key: keys({
      label: 'Secret key of one project',
      docs: 'https://supabase.com/docs/guides/api/api-keys',
      steps: [
        'In the dashboard of the project open Settings › API Keys and copy the secret key: it passes by every row rule.',
        'The project ref stands in the address of that page.',
      ],
      settings: {
        project: { kind: 'text', label: 'Project ref', suffix: '.supabase.co', pattern: '^[a-z]{20}$' },
      },
      fields: { key: { label: 'Secret key', pattern: '^(sb_secret_[A-Za-z0-9_-]+|eyJ[A-Za-z0-9._-]+)$' } },
      send: { headers: { apikey: '{key}', authorization: 'Bearer {key}' } },
      baseUrl: 'https://{project}.supabase.co',
      check: { get: '/rest/v1/' },
      identity: { from: 'values', id: 'project', label: 'project' },
    }),
  },
  check: { get: '/v1/projects' },
  // Missing: who the person is. What is told apart are organisations.
  identity: { from: { get: '/v1/organizations' }, id: '0.id', label: '0.name' },
  guarded: [
    'ANY /v1/oauth/**',
    'ANY /v1/projects/*/api-keys/**',
    'ANY /v1/projects/*/secrets',
    'ANY /v1/projects/*/config/auth/**',
    'ANY /auth/v1/admin/**',
  ],
  actions: {
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: {},
      get: '/v1/projects',
      methods: ['oauth', 'token'],
    },
    list_rows: {
      does: 'read',
      title: 'Read rows of a table',
      input: {
        table: { is: 'text', about: 'Name of the table' },
        columns: { is: 'text', about: 'Which columns', default: '*' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/rest/v1/{table}',
      query: { select: '{columns}', limit: '{limit}' },
      methods: ['project_key'],
    },
    insert_row: {
      does: 'write',
      title: 'Add a row to a table',
      input: {
        table: { is: 'text', about: 'Name of the table' },
        values: { is: 'json', about: 'Its columns', example: '{ "name": "Ada" }' },
      },
      post: '/rest/v1/{table}',
      headers: { prefer: 'return=representation' },
      body: '{values}',
      methods: ['project_key'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://supabase.com/docs/guides/integrations/build-a-supabase-oauth-integration.md',
      'https://supabase.com/docs/guides/platform/oauth-apps/oauth-scopes',
      'https://nango.dev/docs/api-integrations/supabase-oauth/how-to-register-your-own-supabase-oauth-app',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
