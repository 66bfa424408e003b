// Long: four regions with two hosts each, and two ways to sign in.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const snyk = defineService({
  name: 'Snyk',
  docs: 'https://docs.snyk.io/snyk-api/authentication-for-api',
  category: 'security',
  icon: { slug: 'snyk' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      hint: 'As in the address of your dashboard. A token of another region is refused.',
      default: 'us1',
      options: {
        us1: { label: 'US-01', api: 'api.snyk.io', app: 'app.snyk.io' },
        us2: { label: 'US-02', api: 'api.us.snyk.io', app: 'app.us.snyk.io' },
        eu: { label: 'EU-01', api: 'api.eu.snyk.io', app: 'app.eu.snyk.io' },
        au: { label: 'AU-01', api: 'api.au.snyk.io', app: 'app.au.snyk.io' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  headers: { accept: 'application/vnd.api+json' },
  auth: {
    oauth: oauth2({
      label: 'Install as a Snyk App',
      docs: 'https://docs.snyk.io/snyk-api/using-specific-snyk-apis/snyk-apps-apis',
      steps: [
        'Create a Snyk App in your organisation, by API or with snyk apps create, with the redirect address shown here and org.read among its scopes.',
        'Copy client id and secret. The scopes of an app cannot be changed later.',
      ],
      perConnection: ['region'],
      obtain: {
        authorize: 'https://{region.app}/oauth2/authorize',
        token: 'https://{region.api}/oauth2/token',
        client: 'body',
        pkce: 'required',
        // What is granted was written down when the app was made; the consent page takes no scopes.
        names: { scope: null },
        answer: { lifetime: 3600 },
        refresh: { rotates: 'always' },
        revoke: { url: 'https://{region.api}/oauth2/revoke', params: { token: '{refreshToken}' }, client: 'body' },
      },
      scopes: {
        ask: { 'org.read': 'See your organisation' },
        offer: {
          'org.project.read': 'See projects',
          'org.project.snapshot.read': 'See dependencies and vulnerabilities of projects',
          'org.report.read': 'See reports',
        },
      },
      send: { headers: { authorization: 'bearer {accessToken}' } },
    }),
    api_token: apiKey(
      'authorization',
      {
        label: 'API token',
        docs: 'https://app.snyk.io/account',
        steps: [
          'Open your account settings and copy the token under Auth Token; better, make a service account for the organisation. The API is part of the Enterprise plan.',
        ],
        key: {
          label: 'API token',
          pattern:
            '^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|snyk_(uat|sat)\\.[A-Za-z0-9._-]{10,255})$',
        },
      },
      'token {key}',
    ),
  },
  // Without a version any call of the REST API is 400.
  check: { get: '/rest/self?version=2024-10-15', ok: { path: 'data.id', exists: true } },
  identity: { id: 'data.id', label: ['data.attributes.email', 'data.attributes.username', 'data.attributes.name'] },
  guarded: [
    'ANY /rest/orgs/*/service_accounts/**',
    'ANY /rest/groups/*/service_accounts/**',
    'ANY /rest/orgs/*/apps/**',
    'ANY /rest/groups/*/apps/**',
    'POST /v1/org/*/integrations/*/authentication/**',
  ],
  actions: {
    list_organizations: {
      does: 'read',
      title: 'List organisations',
      input: { limit: { is: 'integer', about: 'How many at most, in tens', default: 20 } },
      get: '/rest/orgs',
      query: { version: '2024-10-15', limit: '{limit}' },
      gives: 'data',
      scopes: ['org.read'],
    },
    list_issues: {
      does: 'read',
      title: 'List the issues of an organisation',
      input: {
        organization: { is: 'text', about: 'Organisation id' },
        severity: {
          is: 'text',
          about: 'How grave',
          options: ['info', 'low', 'medium', 'high', 'critical'],
          optional: true,
        },
        status: { is: 'text', about: 'Which ones', options: ['open', 'resolved'], default: 'open' },
        limit: { is: 'integer', about: 'How many at most, in tens', default: 20 },
      },
      get: '/rest/orgs/{organization}/issues',
      query: {
        version: '2024-10-15',
        effective_severity_level: '{severity}',
        status: '{status}',
        limit: '{limit}',
      },
      gives: 'data',
      scopes: ['org.project.snapshot.read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/snyk/user-docs',
      'https://docs.snyk.io/snyk-api/oauth2-api',
      'https://docs.snyk.io/snyk-api/using-specific-snyk-apis/snyk-apps-apis/scopes-to-request',
    ],
  },
})
