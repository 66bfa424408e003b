// Long: four ways to connect, 12 scopes to explain and three actions.
import { defineService } from '../define.ts'
import { apiKey, clientCredentials, keys, oauth2 } from '../kinds.ts'

const token = 'https://identity.pagerduty.com/oauth/token'
const ask = { 'users.read': 'See people' } as const
const offer = {
  'incidents.read': 'See incidents',
  'incidents.write': 'Open and change incidents',
  'services.read': 'See services',
  'escalation_policies.read': 'See escalation policies',
  'oncalls.read': 'See who is on call',
} as const
// Keys and tokens of an account cannot ask who they are; the pages of its people lie below its own host.
const account = {
  from: { get: 'https://{region.api}/users?limit=1' },
  at: 'users.0.html_url',
  take: 'host',
  pattern: '^[a-z0-9-]{1,63}(\\.eu)?\\.pagerduty\\.com$',
} as const

export const pagerduty = defineService({
  name: 'PagerDuty',
  docs: 'https://support.pagerduty.com/main/docs/api-access-keys',
  category: 'incident',
  icon: { slug: 'pagerduty' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Service region',
      hint: 'EU if the address of your account has .eu. in it.',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'api.pagerduty.com', events: 'events.pagerduty.com' },
        eu: { label: 'Europe', api: 'api.eu.pagerduty.com', events: 'events.eu.pagerduty.com' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  headers: { accept: 'application/vnd.pagerduty+json;version=2' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with PagerDuty',
      docs: 'https://developer.pagerduty.com/docs/oauth-functionality',
      steps: [
        'Open Integrations › App Registration, make an app with OAuth 2.0 and choose Scoped OAuth.',
        'Tick the scopes, add the redirect address shown here, and copy client id and secret: they are shown once.',
      ],
      obtain: {
        authorize: 'https://identity.pagerduty.com/oauth/authorize',
        token,
        client: 'body',
        refresh: { rotates: 'sometimes' },
        // No revocation address could be confirmed in the vendor's words.
        revoke: { none: 'Take the app away in PagerDuty where authorised apps are listed.' },
      },
      learn: { account },
      scopes: { ask, offer },
      check: { get: '/users/me', ok: { path: 'user.id', exists: true } },
      identity: { id: 'user.id', label: ['user.email', 'user.name'], at: '{account}' },
    }),
    client_credentials: clientCredentials({
      label: 'Scoped app',
      docs: 'https://developer.pagerduty.com/docs/oauth-functionality',
      steps: ['Register an app with Scoped OAuth as above. It acts for itself, within the scopes ticked there.'],
      settings: {
        subdomain: { kind: 'text', label: 'Subdomain', suffix: '.pagerduty.com', pattern: '^[a-z0-9][a-z0-9-]*$' },
      },
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Client secret' } },
      obtain: {
        token,
        client: 'body',
        // The account is named by a scope of its own.
        names: { scope: null },
        extra: { token: { scope: 'as_account-{region}.{subdomain} {scopes}' } },
        refresh: false,
      },
      scopes: { ask, offer },
      identity: { from: 'values', id: 'subdomain', label: 'subdomain', at: '{region}' },
    }),
    api_key: apiKey(
      'authorization',
      {
        label: 'REST API key',
        steps: [
          'For the whole account open Integrations › API Access Keys; for yourself, My Profile › User Settings › Create API User Token.',
        ],
        key: { label: 'REST API key', pattern: '^[A-Za-z0-9_+-]{20,64}$' },
        learn: { account },
      },
      'Token token={key}',
    ),
    events: keys({
      label: 'Events only',
      docs: 'https://support.pagerduty.com/main/docs/services-and-integrations',
      steps: ['On the page of a service open Integrations, add Events API V2 and copy its integration key.'],
      fields: { routingKey: { label: 'Integration key', pattern: '^[0-9a-zA-Z]{32}$' } },
      send: { body: { routing_key: '{routingKey}' } },
      baseUrl: 'https://{region.events}',
      check: { none: 'events can be sent and nothing can be asked: the first event is the test' },
      identity: { none: 'an integration key does not say to which service it belongs' },
    }),
  },
  // A person's own call is 400 with the key of an account, so people are listed instead.
  check: { get: '/users?limit=1', ok: { path: 'users', exists: true } },
  identity: { from: 'values', id: 'account', label: 'account' },
  answers: { comeBack: { header: 'ratelimit-reset', as: 'seconds' } },
  guarded: ['POST /services/*/integrations', 'PUT /services/*/integrations/*', 'ANY /webhook_subscriptions/**'],
  actions: {
    create_incident: {
      does: 'write',
      title: 'Open an incident',
      input: {
        service: { is: 'text', about: 'Id of the service', example: 'PV5L94Z' },
        title: { is: 'text', about: 'What is wrong' },
        text: { is: 'text', about: 'Details', optional: true },
        urgency: { is: 'text', about: 'How urgent', options: ['high', 'low'], optional: true },
        from: { is: 'email', about: 'Address of a PagerDuty user; needed with the key of an account', optional: true },
      },
      post: '/incidents',
      headers: { from: '{from}' },
      body: {
        incident: {
          type: 'incident',
          title: '{title}',
          service: { id: '{service}', type: 'service_reference' },
          urgency: '{urgency}',
          body: { type: 'incident_body', details: '{text}' },
        },
      },
      gives: 'incident',
      scopes: ['incidents.write'],
      methods: ['oauth', 'client_credentials', 'api_key'],
    },
    list_incidents: {
      does: 'read',
      title: 'List incidents',
      input: { limit: { is: 'integer', about: 'How many at most', default: 25 } },
      get: '/incidents',
      query: { limit: '{limit}', sort_by: 'created_at:desc' },
      gives: 'incidents',
      scopes: ['incidents.read'],
      methods: ['oauth', 'client_credentials', 'api_key'],
    },
    trigger_event: {
      does: 'write',
      title: 'Raise an alert',
      input: {
        summary: { is: 'text', about: 'What is wrong' },
        source: { is: 'text', about: 'Where', example: 'db1.example.com' },
        severity: {
          is: 'text',
          about: 'How grave',
          options: ['critical', 'error', 'warning', 'info'],
          default: 'error',
        },
        key: { is: 'text', about: 'Alerts with the same key are one', optional: true },
      },
      post: '/v2/enqueue',
      body: {
        event_action: 'trigger',
        dedup_key: '{key}',
        payload: { summary: '{summary}', source: '{source}', severity: '{severity}' },
      },
      methods: ['events'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/PagerDuty/developer-docs',
      'https://raw.githubusercontent.com/PagerDuty/developer-docs/main/docs/Introduction.md',
      'https://support.pagerduty.com/docs/service-regions',
      'https://support.PagerDuty.com/docs/safelist-ips',
    ],
  },
})
