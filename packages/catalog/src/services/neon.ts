// Long: two ways to connect and three actions.
import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

const token = { label: 'API key', pattern: '^(napi_)?[a-z0-9]{64}$', example: 'napi_…' } as const

export const neon = defineService({
  name: 'Neon',
  docs: 'https://neon.com/docs/manage/api-keys',
  category: 'data',
  icon: { slug: 'neon' },
  baseUrl: 'https://console.neon.tech/api/v2',
  auth: {
    api_key: bearer({
      label: 'Personal API key',
      steps: ['In the Neon Console open Account settings › API keys, make one and copy it: it is shown once.'],
      token,
    }),
    organization_key: bearer({
      label: 'Key of an organisation or of one project',
      steps: [
        'Switch to your organisation, open Settings › API keys, make a key for it or for one project, and copy it.',
      ],
      token,
      // Such a key is nobody.
      check: { get: '/projects?limit=1', ok: { path: 'projects', exists: true } },
      identity: { none: 'a key of an organisation does not say which one it belongs to' },
    }),
  },
  check: { get: '/users/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'login'] },
  guarded: [
    'ANY /api_keys/**',
    'ANY /organizations/*/api_keys/**',
    'GET /projects/*/connection_uri',
    'GET /projects/*/branches/*/roles/*/reveal_password',
    'POST /projects/*/branches/*/roles/*/reset_password',
    'POST /projects/*/permissions',
  ],
  actions: {
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: {
        organization: { is: 'text', about: 'Id of the organisation; needed with a personal key', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/projects',
      query: { org_id: '{organization}', limit: '{limit}' },
      gives: 'projects',
    },
    list_branches: {
      does: 'read',
      title: 'List the branches of a project',
      input: { project: { is: 'text', about: 'Id of the project' } },
      get: '/projects/{project}/branches',
      gives: 'branches',
    },
    create_branch: {
      does: 'write',
      title: 'Make a branch',
      input: {
        project: { is: 'text', about: 'Id of the project' },
        name: { is: 'text', about: 'Name of the branch' },
      },
      post: '/projects/{project}/branches',
      body: { branch: { name: '{name}' } },
      gives: 'branch',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://neon.com/docs/manage/api-keys/',
      'https://neon.com/docs/reference/api/organizations/create-org-api-key.md',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
