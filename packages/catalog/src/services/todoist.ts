// Long: two ways to connect, five scopes to explain and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const todoist = defineService({
  name: 'Todoist',
  docs: 'https://developer.todoist.com/api/v1/',
  category: 'project_management',
  icon: { slug: 'todoist' },
  baseUrl: 'https://api.todoist.com/api/v1',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Todoist',
      steps: [
        'In the App Management Console of Todoist make an app and enter the redirect address shown here.',
        'Copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://app.todoist.com/oauth/authorize',
        token: 'https://api.todoist.com/oauth/access_token',
        client: 'body',
        // Apps of some age get a token without end, and no refresh token.
        answer: { lifetime: 'never' },
        // The minute and what follows it rest on one source.
        refresh: { rotates: 'always', graceSeconds: 60, reuse: 'revokes_all' },
        revoke: {
          url: 'https://api.todoist.com/api/v1/revoke',
          client: 'basic',
          body: 'json',
          params: { token: '{accessToken}', token_type_hint: 'access_token' },
        },
      },
      scopes: {
        separator: ',',
        ask: { 'data:read': 'Read tasks and projects' },
        offer: {
          'data:read_write': 'Create and change tasks and projects',
          'task:add': 'Only add tasks',
          'data:delete': 'Delete tasks',
          'project:delete': 'Delete projects',
        },
      },
    }),
    token: bearer({
      label: 'API token',
      docs: 'https://app.todoist.com/app/settings/integrations/developer',
      steps: ['In Todoist open Settings › Integrations › Developer and copy the API token.'],
      token: { label: 'API token', pattern: '^[0-9a-f]{40}$' },
    }),
  },
  check: { get: '/user', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'full_name'] },
  guarded: ['POST /access_tokens/**', 'POST /revoke'],
  actions: {
    list_tasks: {
      does: 'read',
      title: 'List tasks by a filter',
      input: { query: { is: 'text', about: 'As in the filter box', default: 'today | overdue' } },
      get: '/tasks/filter',
      query: { query: '{query}' },
      gives: 'results',
      scopes: ['data:read', 'data:read_write'],
    },
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: {},
      get: '/projects',
      gives: 'results',
      scopes: ['data:read', 'data:read_write'],
    },
    create_task: {
      does: 'write',
      title: 'Add a task',
      input: {
        text: { is: 'text', about: 'What is to be done' },
        details: { is: 'text', about: 'Description', optional: true },
        due: { is: 'text', about: 'When, in words', example: 'tomorrow at 12:00', optional: true },
        project: { is: 'text', about: 'Id of the project; otherwise the inbox', optional: true },
      },
      post: '/tasks',
      body: { content: '{text}', description: '{details}', due_string: '{due}', project_id: '{project}' },
      scopes: ['data:read_write', 'task:add'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/Doist/todoist-api-typescript',
      'https://github.com/olsh/todoist-net/pull/79',
      'https://doist.github.io/todoist-api-typescript/authorization',
    ],
  },
})
