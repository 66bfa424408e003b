import { defineService } from '../define.ts'
import { basic } from '../kinds.ts'

export const amplitude = defineService({
  name: 'Amplitude',
  docs: 'https://amplitude.com/docs/apis/authentication',
  category: 'analytics',
  icon: { letters: 'Am', colour: '#1e61f0' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'amplitude.com' },
        eu: { label: 'Europe', api: 'analytics.eu.amplitude.com' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  auth: {
    // For reading. Events are sent to other hosts, with the API key alone in the body.
    keys: basic({
      label: 'API key and secret key',
      steps: ['In Amplitude open Settings › Organization settings › Projects, choose one, and copy both of its keys.'],
      settings: { key: { kind: 'text', label: 'API key', pattern: '^[0-9a-f]{32}$' } },
      fields: { secret: { label: 'Secret key', pattern: '^[0-9a-f]{32}$' } },
      user: '{key}',
      password: '{secret}',
    }),
  },
  check: { get: '/api/2/events/list', ok: { path: 'data', exists: true } },
  identity: { from: 'values', id: 'key', label: 'key', at: '{region}' },
  guarded: ['ANY /api/2/deletions/**', 'ANY /api/scim/**'],
  actions: {
    list_events: { does: 'read', title: 'List kinds of event', input: {}, get: '/api/2/events/list', gives: 'data' },
    count_users: {
      does: 'read',
      title: 'Count users by day',
      input: {
        from: { is: 'text', about: 'First day', example: '20261101' },
        to: { is: 'text', about: 'Last day', example: '20261107' },
      },
      get: '/api/2/users',
      query: { start: '{from}', end: '{to}' },
      gives: 'data',
    },
  },
  verified: { on: '2026-11-20', by: ['https://github.com/NangoHQ/nango'] },
})
