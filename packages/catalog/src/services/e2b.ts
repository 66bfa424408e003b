import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const e2b = defineService({
  name: 'E2B',
  docs: 'https://e2b.dev/docs/api-key',
  category: 'automation',
  icon: { letters: 'E2B', colour: '#ff8800' },
  baseUrl: 'https://api.e2b.app',
  // Every sandbox has hosts of its own below these.
  hosts: ['api.e2b.dev', '*.e2b.app', '*.e2b.dev'],
  auth: {
    api_key: apiKey('x-api-key', {
      label: 'API key',
      steps: ['In the dashboard open API Keys and create a key for your team.'],
      key: { label: 'API key', pattern: '^e2b_[0-9a-f]{40}$', example: 'e2b_…' },
    }),
  },
  check: { get: '/v2/sandboxes?limit=1' },
  identity: { none: 'a key does not say to which team it belongs' },
  guarded: ['ANY /api-keys/**', 'ANY /access-tokens/**'],
  actions: {
    create_sandbox: {
      does: 'write',
      title: 'Start a sandbox',
      input: {
        template: { is: 'text', about: 'Template', default: 'base' },
        seconds: { is: 'integer', about: 'How long it lives', default: 300 },
      },
      post: '/sandboxes',
      body: { templateID: '{template}', timeout: '{seconds}' },
    },
    list_sandboxes: {
      does: 'read',
      title: 'List sandboxes',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/v2/sandboxes',
      query: { limit: '{limit}' },
    },
    delete_sandbox: {
      does: 'destroy',
      title: 'End a sandbox',
      input: { sandbox: { is: 'text', about: 'Id of the sandbox' } },
      delete: '/sandboxes/{sandbox}',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://e2b.dev/docs/api-reference/sandboxes/create-sandbox',
      'https://support.huaweicloud.com/productdesc-agentsphere/agentsphere_01_0010.html',
    ],
  },
})
