// Long: nine sites, whose dashboards follow no rule.
import { defineService } from '../define.ts'
import { keys, oauth2 } from '../kinds.ts'

export const datadog = defineService({
  name: 'Datadog',
  docs: 'https://docs.datadoghq.com/account_management/api-app-keys/',
  category: 'observability',
  icon: { slug: 'datadog' },
  settings: {
    site: {
      kind: 'choice',
      label: 'Site',
      hint: 'As in the address of your dashboard. The right key on the wrong site is refused.',
      default: 'datadoghq.com',
      // The API is always at api.{site}; the dashboard, where people consent, is at app. on the older sites only.
      options: {
        'datadoghq.com': { label: 'US1', app: 'app.datadoghq.com' },
        'us3.datadoghq.com': { label: 'US3', app: 'us3.datadoghq.com' },
        'us5.datadoghq.com': { label: 'US5', app: 'us5.datadoghq.com' },
        'datadoghq.eu': { label: 'EU1', app: 'app.datadoghq.eu' },
        'ap1.datadoghq.com': { label: 'AP1', app: 'ap1.datadoghq.com' },
        'ap2.datadoghq.com': { label: 'AP2', app: 'ap2.datadoghq.com' },
        'uk1.datadoghq.com': { label: 'UK1', app: 'uk1.datadoghq.com' },
        'us2.ddog-gov.com': { label: 'US2-FED', app: 'us2.ddog-gov.com' },
        'ddog-gov.com': { label: 'US1-FED', app: 'app.ddog-gov.com' },
      },
    },
  },
  baseUrl: 'https://api.{site}',
  hosts: ['http-intake.logs.{site}'],
  auth: {
    keys: keys({
      label: 'API and application key',
      steps: [
        'Open Organization Settings › API Keys and make a key.',
        'Open Application Keys next to it and make one of those too.',
      ],
      fields: {
        apiKey: { label: 'API key', pattern: '^[0-9a-f]{32}$' },
        appKey: { label: 'Application key', pattern: '^([0-9a-f]{40}|ddapp_[A-Za-z0-9]{34})$' },
      },
      send: { headers: { 'dd-api-key': '{apiKey}', 'dd-application-key': '{appKey}' } },
    }),
    oauth: oauth2({
      label: 'Sign in with Datadog',
      docs: 'https://docs.datadoghq.com/extend/authorization/oauth2_in_datadog/',
      steps: [
        'Datadog gives OAuth clients to technology partners only: make a confidential client in its developer platform.',
      ],
      perConnection: ['site'],
      obtain: {
        authorize: 'https://{site.app}/oauth2/v1/authorize',
        token: 'https://api.{site}/oauth2/v1/token',
        client: 'body',
        pkce: 'required',
        answer: { lifetime: 3600 },
        revoke: {
          url: 'https://api.{site}/oauth2/v1/revoke',
          client: 'body',
          headers: { authorization: 'Bearer {accessToken}' },
          params: { token: '{liveToken}' },
        },
      },
      // People may arrive on another site than they chose; the callback names it, and is believed if it is on the list.
      learn: { site: { from: 'callback', at: 'domain', optional: true } },
      scopes: {
        ask: { user_access_read: 'See who you are' },
        offer: { metrics_read: 'Query metrics', monitors_read: 'See monitors' },
      },
      check: { get: '/api/v2/current_user' },
    }),
  },
  // v1/validate looks at the API key alone; this one refuses a wrong application key too.
  check: { get: '/api/v2/validate_keys', ok: { path: 'status', is: 'ok' }, proves: 'both keys belong to this site' },
  identity: {
    from: { get: '/api/v2/current_user' },
    id: 'data.id',
    label: ['data.attributes.handle', 'data.attributes.name'],
    at: '{site}',
  },
  answers: {
    restricted: [],
    rejected: [{ status: [401, 403] }],
    comeBack: { header: 'x-ratelimit-reset', as: 'seconds' },
  },
  guarded: [
    'ANY /api/v1/api_key/**',
    'ANY /api/v1/application_key/**',
    'ANY /api/v2/api_keys/**',
    'ANY /api/v2/application_keys/**',
    'ANY /api/v2/current_user/application_keys/**',
    'ANY /api/v2/service_accounts/**',
    'ANY /api/v2/oauth2/**',
  ],
  actions: {
    query_metrics: {
      does: 'read',
      title: 'Query a metric over a span of time',
      input: {
        query: { is: 'text', about: 'A metric query', example: 'avg:system.cpu.user{*} by {host}' },
        from: { is: 'time', about: 'Start' },
        to: { is: 'time', about: 'End' },
      },
      make: { start: { by: 'epoch_seconds', from: '{from}' }, end: { by: 'epoch_seconds', from: '{to}' } },
      get: '/api/v1/query',
      query: { from: '{start}', to: '{end}', query: '{query}' },
      gives: 'series',
      scopes: ['metrics_read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.datadoghq.com/extend/authorization/oauth2_endpoints',
      'https://docs.datadoghq.com/extend/authorization/oauth2_in_datadog.md',
      'https://docs.datadoghq.com/api/latest/oauth2-client-public/',
      'https://github.com/DataDog/documentation',
    ],
  },
})
