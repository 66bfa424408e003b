// Long: three ways to connect and two actions.
import { defineService } from '../define.ts'
import { basic, bearer } from '../kinds.ts'

export const customer_io = defineService({
  name: 'Customer.io',
  docs: 'https://docs.customer.io/accounts-and-workspaces/managing-credentials/',
  category: 'marketing',
  icon: { letters: 'Cio', colour: '#0b353b' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      default: 'us',
      options: {
        us: { label: 'United States', track: 'track.customer.io', app: 'api.customer.io', cdp: 'cdp.customer.io' },
        eu: { label: 'Europe', track: 'track-eu.customer.io', app: 'api-eu.customer.io', cdp: 'cdp-eu.customer.io' },
      },
    },
  },
  // Three APIs on three hosts, with three kinds of key of which none fits another.
  auth: {
    app_api: bearer({
      label: 'App API key',
      steps: ['Click your name, then Account settings › API credentials › App API keys, and create one.'],
      token: { label: 'App API key' },
      baseUrl: 'https://{region.app}',
      check: { get: '/v1/workspaces', ok: { path: 'workspaces', exists: true } },
      identity: { none: 'the key does not say whose it is' },
    }),
    track: basic({
      label: 'Track API key',
      steps: ['Click your name, then Account settings › API credentials › Track API keys; copy site id and API key.'],
      settings: { site: { kind: 'text', label: 'Site id', pattern: '^[0-9a-z]{20}$' } },
      fields: { key: { label: 'API key', pattern: '^[0-9a-z]{20}$' } },
      user: '{site}',
      password: '{key}',
      baseUrl: 'https://{region.track}',
      check: { get: '/api/v1/accounts/region', ok: { path: 'region', exists: true } },
      identity: { from: 'values', id: 'site', label: 'site', at: '{region}' },
    }),
    pipelines: basic({
      label: 'Pipelines API key',
      steps: ['In Data & Integrations › Integrations add the Customer.io API and copy the key that it shows.'],
      fields: { key: { label: 'API key' } },
      user: '{key}',
      password: '',
      baseUrl: 'https://{region.cdp}',
      check: { none: 'this API only takes data in, and has no call that changes nothing' },
      identity: { none: 'the key does not say whose it is' },
    }),
  },
  check: { get: '/v1/workspaces', ok: { path: 'workspaces', exists: true } },
  identity: { none: 'the key does not say whose it is' },
  guarded: ['ANY /v1/reporting_webhooks/**', 'ANY /v1/esp/**'],
  actions: {
    list_campaigns: {
      does: 'read',
      title: 'List campaigns',
      input: {},
      get: '/v1/campaigns',
      gives: 'campaigns',
      methods: ['app_api'],
    },
    track_event: {
      does: 'write',
      title: 'Record what a person did',
      input: {
        person: { is: 'text', about: 'Id or address of the person' },
        event: { is: 'text', about: 'Name of the event' },
        data: { is: 'json', about: 'Details', optional: true },
      },
      post: '/api/v1/customers/{person}/events',
      body: { name: '{event}', data: '{data}' },
      methods: ['track'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.n8n.io/integrations/builtin/credentials/customerio.md',
      'https://nango.dev/docs/api-integrations/customer-io/connect',
    ],
  },
})
