// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

// No longer sold, and to be switched off. Its makers have not been found to say on what day, so none is given here.
export const opsgenie = defineService({
  name: 'Opsgenie',
  docs: 'https://support.atlassian.com/opsgenie/docs/api-key-management/',
  category: 'incident',
  icon: { slug: 'opsgenie' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'api.opsgenie.com' },
        eu: { label: 'Europe', api: 'api.eu.opsgenie.com' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  auth: {
    api_key: apiKey(
      'authorization',
      {
        label: 'API key',
        steps: [
          'Open Settings › API key management and add a key. With configuration access it can also say whose it is.',
        ],
        key: { label: 'API key', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
      },
      'GenieKey {key}',
    ),
  },
  // A key without configuration access is refused here, but not as an unknown one.
  check: { get: '/v2/account', ok: { path: 'data.name', exists: true }, alsoOk: [{ status: 403 }] },
  identity: { id: 'data.name', label: 'data.name', at: '{region}' },
  answers: { rejected: [{ status: 401 }, { status: 422, contains: 'ould not authenticate' }] },
  guarded: ['ANY /v2/integrations/**', 'ANY /v2/forwarding-rules/**', 'POST /v2/users', 'ANY /v2/policies/**'],
  actions: {
    create_alert: {
      does: 'write',
      title: 'Raise an alert',
      input: {
        message: { is: 'text', about: 'What is wrong' },
        text: { is: 'text', about: 'Details', optional: true },
        priority: { is: 'text', about: 'P1 is highest', options: ['P1', 'P2', 'P3', 'P4', 'P5'], default: 'P3' },
      },
      post: '/v2/alerts',
      body: { message: '{message}', description: '{text}', priority: '{priority}' },
    },
    list_alerts: {
      does: 'read',
      title: 'List alerts',
      input: {
        query: { is: 'text', about: 'As in the search box', example: 'status: open', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/v2/alerts',
      query: { query: '{query}', limit: '{limit}' },
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://docs.opsgenie.com/docs/', 'https://docs.opsgenie.com/docs/opsgenie-python-account-api'],
  },
})
