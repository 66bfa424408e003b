// Long: two ways to connect, five scopes to explain and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const airtable = defineService({
  name: 'Airtable',
  docs: 'https://airtable.com/developers/web/api/oauth-reference',
  category: 'data',
  icon: { slug: 'airtable' },
  baseUrl: 'https://api.airtable.com',
  hosts: ['content.airtable.com'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Airtable',
      steps: [
        'At airtable.com/create/oauth register an integration with the redirect address shown here.',
        'Tick the scopes asked for here, generate a client secret and copy it.',
        'Each person picks bases while consenting: others look as if they did not exist.',
      ],
      obtain: {
        authorize: 'https://airtable.com/oauth2/v1/authorize',
        token: 'https://airtable.com/oauth2/v1/token',
        pkce: 'required',
        answer: { at: { refreshExpiresIn: 'refresh_expires_in' } },
        refresh: { rotates: 'always', lapses: { idleSeconds: 5_184_000 } },
        // Other people's code knows an address for it; the vendor's own words were not found.
        revoke: { none: 'Remove the integration in your account settings at Airtable.' },
      },
      scopes: {
        ask: { 'user.email:read': 'See your address' },
        offer: {
          'schema.bases:read': 'See bases, tables and fields',
          'schema.bases:write': 'Change tables and fields',
          'data.records:read': 'Read records',
          'data.records:write': 'Create, change and delete records',
        },
      },
    }),
    token: bearer({
      label: 'Personal access token',
      docs: 'https://airtable.com/create/tokens',
      steps: ['At airtable.com/create/tokens make a token, add scopes and bases, and copy it: it is shown once.'],
      token: { label: 'Token', pattern: '^pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}$', example: 'pat…' },
    }),
  },
  check: { get: '/v0/meta/whoami', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'id'] },
  guarded: ['ANY /v0/bases/*/webhooks/**'],
  actions: {
    list_bases: {
      does: 'read',
      title: 'List bases',
      input: {},
      get: '/v0/meta/bases',
      gives: 'bases',
      scopes: ['schema.bases:read'],
    },
    list_records: {
      does: 'read',
      title: 'List the records of a table',
      input: {
        base: { is: 'text', about: 'Id of the base', example: 'appAbc123Def456Gh' },
        table: { is: 'text', about: 'Name or id of the table' },
        formula: { is: 'text', about: 'Formula that records must satisfy', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/v0/{base}/{table}',
      query: { filterByFormula: '{formula}', maxRecords: '{limit}' },
      gives: 'records',
      scopes: ['data.records:read'],
    },
    create_record: {
      does: 'write',
      title: 'Create a record',
      input: {
        base: { is: 'text', about: 'Id of the base' },
        table: { is: 'text', about: 'Name or id of the table' },
        values: { is: 'json', about: 'Its fields', example: '{ "Name": "Ada" }' },
      },
      post: '/v0/{base}/{table}',
      body: { fields: '{values}' },
      scopes: ['data.records:write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/estuary/connectors/pull/1262',
      'https://github.com/looker-open-source/actions/pull/569',
      'https://github.com/NangoHQ/nango',
      'https://github.com/simstudioai/sim',
    ],
  },
})
