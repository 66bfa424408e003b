// Long: two ways to connect and three actions.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const clickup = defineService({
  name: 'ClickUp',
  docs: 'https://developer.clickup.com/docs/authentication',
  category: 'project_management',
  icon: { slug: 'clickup' },
  baseUrl: 'https://api.clickup.com/api/v2',
  auth: {
    oauth: oauth2({
      label: 'Sign in with ClickUp',
      steps: [
        'In ClickUp open Settings › ClickUp API, create an app and enter the redirect address shown here.',
        'Copy client id and client secret. There are no scopes: each person picks workspaces while consenting.',
      ],
      obtain: {
        authorize: 'https://app.clickup.com/api',
        token: 'https://api.clickup.com/api/v2/oauth/token',
        client: 'body',
        answer: { lifetime: 'never' },
        refresh: false,
        revoke: { none: 'Remove the app among those connected, in the settings of ClickUp.' },
      },
    }),
    // Sent as it is, without the word Bearer.
    token: apiKey('authorization', {
      label: 'Personal API token',
      steps: ['In ClickUp open Settings › Apps, generate an API token and copy it. It never ends.'],
      key: { label: 'Personal token', pattern: '^pk_[0-9]+_[0-9A-Z]{32}$', example: 'pk_…' },
    }),
  },
  check: { get: '/user', ok: { path: 'user.id', exists: true } },
  identity: { id: 'user.id', label: ['user.email', 'user.username'] },
  answers: {
    // Any other code with 401 means a workspace that was not picked.
    rejected: [{ path: 'ECODE', is: ['OAUTH_017', 'OAUTH_019', 'OAUTH_021', 'OAUTH_025', 'OAUTH_077'] }],
    restricted: [
      { status: 403 },
      {
        status: 401,
        path: 'ECODE',
        exists: true,
        not: ['OAUTH_017', 'OAUTH_019', 'OAUTH_021', 'OAUTH_025', 'OAUTH_077'],
      },
    ],
    comeBack: { header: 'x-ratelimit-reset', as: 'epoch_seconds' },
  },
  guarded: ['POST /oauth/**', 'ANY /team/*/webhook', 'POST /team/*/guest', 'POST /team/*/user'],
  actions: {
    list_workspaces: {
      does: 'read',
      title: 'List workspaces',
      input: {},
      get: '/team',
      gives: 'teams',
    },
    list_tasks: {
      does: 'read',
      title: 'List the tasks of a list',
      input: { list: { is: 'text', about: 'Id of the list' } },
      get: '/list/{list}/task',
      gives: 'tasks',
    },
    create_task: {
      does: 'write',
      title: 'Create a task',
      input: {
        list: { is: 'text', about: 'Id of the list' },
        name: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'Description', optional: true },
        due: { is: 'time', about: 'When it is due', optional: true },
      },
      make: { date: { by: 'epoch_ms', from: '{due}' } },
      post: '/list/{list}/task',
      body: { name: '{name}', description: '{text}', due_date: '{date}' },
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.clickup.com/docs/authentication.md',
      'https://developer.clickup.com/docs/rate-limits',
      'https://developer.clickup.com/docs/common_errors',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
