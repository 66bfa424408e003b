// Long: three ways to connect, six scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

const grant = 'https://sentry.io/api/0/sentry-app-installations/{installation}/authorizations/'

export const sentry = defineService({
  name: 'Sentry',
  docs: 'https://docs.sentry.io/api/auth',
  category: 'observability',
  icon: { slug: 'sentry' },
  baseUrl: 'https://sentry.io/api/0',
  // Each organisation lives in one region; the general address passes most calls on.
  hosts: ['us.sentry.io', 'de.sentry.io'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Sentry',
      steps: [
        'Under Settings › Developer Settings (or Account › API › Applications) make an OAuth application with the redirect address shown here.',
        'Copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://sentry.io/oauth/authorize/',
        token: 'https://sentry.io/oauth/token/',
        client: 'body',
        answer: { lifetime: 2_592_000 },
        refresh: { rotates: 'always' },
        // None among the published endpoints.
        revoke: { none: 'Take the app away in your account settings under Authorized Applications.' },
      },
      scopes: {
        ask: { 'org:read': 'See your organisations' },
        offer: {
          'project:read': 'See projects',
          'event:read': 'See issues and events',
          'event:write': 'Change issues',
          'member:read': 'See members',
          'team:read': 'See teams',
        },
      },
    }),
    // Its code is spent at an address that names the installation, and its tokens live eight hours.
    installation: oauth2({
      label: 'Install as a Sentry integration',
      docs: 'https://docs.sentry.io/organization/integrations/integration-platform/public-integration',
      steps: [
        'Under Settings › Developer Settings create a public integration with the redirect address shown here and the permissions you want.',
        'Enter the last part of its address, and copy client id and secret.',
      ],
      settings: { slug: { kind: 'text', label: 'Name in the address', pattern: '^[a-z0-9-]{1,64}$' } },
      obtain: {
        authorize: 'https://sentry.io/sentry-apps/{slug}/external-install/',
        token: grant,
        client: 'body',
        body: 'json',
        pkce: 'refused',
        names: { scope: null, redirectUri: null, responseType: null },
        answer: {
          at: { accessToken: 'token', refreshToken: 'refreshToken', expiresAt: 'expiresAt' },
          lifetime: 28_800,
        },
        refresh: { rotates: 'always' },
        revoke: { none: 'Uninstall the integration in the settings of the organisation.' },
      },
      learn: { installation: { from: 'callback', at: 'installationId', pattern: '^[0-9a-f-]{36}$' } },
      identity: { from: 'values', id: 'installation', label: 'slug' },
    }),
    token: bearer({
      label: 'Auth token',
      steps: [
        'Under User Settings › Personal Tokens, or from an internal integration of the organisation, create a token with org:read.',
        'For your own server enter its host as well.',
      ],
      settings: { host: { kind: 'host', label: 'Host', default: 'sentry.io', example: 'sentry.example.com' } },
      token: { label: 'Auth token', pattern: '^(sntryu_[0-9a-f]{64}|sntrys_[A-Za-z0-9_=+/-]{20,500}|[0-9a-f]{64})$' },
      baseUrl: 'https://{host}/api/0',
      identity: { from: { get: '/organizations/' }, id: '0.id', label: ['0.slug', '0.name'], at: '{host}' },
    }),
  },
  check: { get: '/auth/validate/' },
  identity: { from: { get: '/organizations/' }, id: '0.id', label: ['0.slug', '0.name'] },
  guarded: [
    'ANY /api-tokens/**',
    'ANY /api-applications/**',
    'ANY /api-authorizations/**',
    'ANY /organizations/*/org-auth-tokens/**',
    'ANY /organizations/*/api-keys/**',
    'ANY /sentry-apps/**',
    'ANY /sentry-app-installations/**',
    'ANY /projects/*/*/keys/**',
  ],
  actions: {
    update_issue: {
      does: 'write',
      title: 'Change the state of an issue',
      input: {
        organization: { is: 'text', about: 'Organisation, as in its address' },
        issue: { is: 'text', about: 'Id of the issue' },
        status: { is: 'text', about: 'New state', options: ['resolved', 'unresolved', 'ignored'] },
      },
      put: '/organizations/{organization}/issues/{issue}/',
      body: { status: '{status}' },
      scopes: ['event:write'],
    },
    list_issues: {
      does: 'read',
      title: 'List issues',
      input: {
        organization: { is: 'text', about: 'Organisation, as in its address' },
        query: { is: 'text', about: 'As in the search box', default: 'is:unresolved' },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      get: '/organizations/{organization}/issues/',
      query: { query: '{query}', limit: '{limit}' },
      scopes: ['event:read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.sentry.io/api/auth',
      'https://sentry.io/.well-known/oauth-authorization-server',
      'https://docs.sentry.io/organization/integrations/integration-platform/public-integration',
    ],
  },
})
