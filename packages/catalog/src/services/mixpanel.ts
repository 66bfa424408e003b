import { defineService } from '../define.ts'
import { basic } from '../kinds.ts'

export const mixpanel = defineService({
  name: 'Mixpanel',
  docs: 'https://developer.mixpanel.com/reference/service-accounts',
  category: 'analytics',
  icon: { slug: 'mixpanel' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Data residency',
      default: 'us',
      options: {
        us: { label: 'United States', app: 'mixpanel.com', data: 'data.mixpanel.com', api: 'api.mixpanel.com' },
        eu: { label: 'Europe', app: 'eu.mixpanel.com', data: 'data-eu.mixpanel.com', api: 'api-eu.mixpanel.com' },
        in: { label: 'India', app: 'in.mixpanel.com', data: 'data-in.mixpanel.com', api: 'api-in.mixpanel.com' },
      },
    },
  },
  baseUrl: 'https://{region.app}',
  hosts: ['{region.data}', '{region.api}'],
  auth: {
    service_account: basic({
      type: 'serviceaccount',
      label: 'Service account',
      steps: [
        'In Mixpanel open Organization settings › Service accounts, add one and give it a role in the projects you mean.',
        'Copy user name and secret: the secret is shown once.',
      ],
      settings: {
        user: { kind: 'text', label: 'User name', pattern: '^[A-Za-z0-9_.-]+\\.mp-service-account$' },
      },
      fields: { secret: { label: 'Secret' } },
      user: '{user}',
      password: '{secret}',
    }),
  },
  check: { get: '/api/app/me', ok: { path: 'results', exists: true } },
  identity: { from: 'values', id: 'user', label: 'user', at: '{region}' },
  guarded: ['ANY /api/app/organizations/*/service-accounts/**', 'ANY /api/app/projects/*/service-accounts/**'],
  actions: {
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: {},
      get: '/api/app/me',
      gives: 'results.projects',
    },
  },
  verified: { on: '2026-11-20', by: ['https://github.com/trufflesecurity/trufflehog'] },
})
