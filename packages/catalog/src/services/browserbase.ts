import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const browserbase = defineService({
  name: 'Browserbase',
  docs: 'https://docs.browserbase.com/reference/introduction',
  category: 'automation',
  icon: { letters: 'Bb', colour: '#f03603' },
  settings: {
    project: {
      kind: 'text',
      label: 'Project id',
      hint: 'Only if your key reaches several projects.',
      optional: true,
      pattern: '^[0-9a-f-]{36}$',
    },
  },
  baseUrl: 'https://api.browserbase.com',
  hosts: ['connect.browserbase.com'],
  auth: {
    api_key: apiKey('x-bb-api-key', {
      label: 'API key',
      steps: ['In the dashboard open Settings and copy the API key; the project id stands beside it.'],
      key: { label: 'API key', pattern: '^bb_(live|test)_[A-Za-z0-9_-]{1,128}$', example: 'bb_live_…' },
    }),
  },
  check: { get: '/v1/projects', ok: { path: '0.id', exists: true } },
  identity: { id: '0.ownerId', label: '0.name' },
  actions: {
    create_session: {
      does: 'write',
      title: 'Start a browser',
      input: { keepAlive: { is: 'boolean', about: 'Keep it running when nobody is connected', default: false } },
      post: '/v1/sessions',
      body: { projectId: '{project}', keepAlive: '{keepAlive}' },
    },
    list_sessions: {
      does: 'read',
      title: 'List browsers',
      input: {
        status: {
          is: 'text',
          about: 'Which ones',
          options: ['RUNNING', 'ERROR', 'TIMED_OUT', 'COMPLETED'],
          optional: true,
        },
      },
      get: '/v1/sessions',
      query: { status: '{status}' },
    },
  },
  verified: { on: '2026-11-20', by: ['https://docs.browserbase.com/reference/api/list-projects.md'] },
})
