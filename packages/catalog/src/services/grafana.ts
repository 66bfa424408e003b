// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { basic, keys } from '../kinds.ts'

export const grafana = defineService({
  name: 'Grafana',
  docs: 'https://grafana.com/docs/grafana/latest/administration/service-accounts/',
  category: 'observability',
  icon: { slug: 'grafana' },
  settings: { server: { kind: 'url', label: 'Address of the server', example: 'https://acme.grafana.net' } },
  baseUrl: '{server}',
  auth: {
    service_account: keys({
      type: 'serviceaccount',
      label: 'Service account token',
      steps: [
        'Open Administration › Users and access › Service accounts, add one with the role Viewer or what it needs, and add a token.',
        'Tokens of the Grafana Cloud portal (glc_) belong to another API.',
      ],
      fields: {
        token: {
          label: 'Token',
          pattern: '^(glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|eyJrIjoi[A-Za-z0-9_=+/-]{20,500})$',
          example: 'glsa_…',
        },
      },
      send: { headers: { authorization: 'Bearer {token}' } },
    }),
    password: basic({
      label: 'User and password',
      steps: ['Enter a local user of this Grafana. People who sign in through another system cannot be used here.'],
      settings: { user: { kind: 'text', label: 'User name', pattern: '^[^:\\s]+$' } },
      fields: { password: { label: 'Password' } },
      user: '{user}',
      password: '{password}',
      check: { get: '/api/user', ok: { path: 'id', exists: true } },
      identity: { id: 'id', label: ['login', 'email'], at: '{server}' },
    }),
  },
  // Its health is public and proves nothing.
  check: { get: '/api/access-control/user/permissions' },
  identity: { from: { get: '/api/org' }, id: 'id', label: 'name', at: '{server}' },
  guarded: [
    'ANY /api/serviceaccounts/**',
    'ANY /api/auth/keys/**',
    'ANY /api/admin/**',
    'ANY /api/user/auth-tokens',
    'ANY /api/org/invites/**',
    'ANY /api/org/users/**',
    'ANY /api/cloudmigration/**',
  ],
  actions: {
    create_annotation: {
      does: 'write',
      title: 'Mark a moment on the graphs',
      input: {
        text: { is: 'text', about: 'What happened' },
        tags: { is: 'text', about: 'Tags', many: true, optional: true },
        time: { is: 'time', about: 'When; now if you say nothing', optional: true },
      },
      make: { at: { by: 'epoch_ms', from: '{time}' } },
      post: '/api/annotations',
      body: { text: '{text}', tags: '{tags}', time: '{at}' },
    },
    search_dashboards: {
      does: 'read',
      title: 'Find dashboards',
      input: {
        query: { is: 'text', about: 'Part of the title', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/api/search',
      query: { query: '{query}', limit: '{limit}', type: 'dash-db' },
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://grafana.com/docs/grafana/latest/administration/service-accounts/',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
