// Long: two ways to connect, eight scopes to explain and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const asana = defineService({
  name: 'Asana',
  docs: 'https://developers.asana.com/docs/oauth',
  category: 'project_management',
  icon: { slug: 'asana' },
  baseUrl: 'https://app.asana.com/api/1.0',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Asana',
      steps: [
        'At app.asana.com/0/my-apps make an app, open OAuth and add the redirect address shown here.',
        'Under Permission scopes tick those asked for here: an app has either these or full permissions, never both.',
        'Under Manage distribution choose Any workspace, or people elsewhere are told that the client id is invalid.',
      ],
      obtain: {
        authorize: 'https://app.asana.com/-/oauth_authorize',
        token: 'https://app.asana.com/-/oauth_token',
        client: 'body',
        refresh: { rotates: 'sometimes' },
        revoke: { url: 'https://app.asana.com/-/oauth_revoke', client: 'body', params: { token: '{liveToken}' } },
      },
      scopes: {
        ask: { 'users:read': 'See who you are and who works with you' },
        offer: {
          'workspaces:read': 'List workspaces',
          'projects:read': 'Read projects',
          'projects:write': 'Create and change projects',
          'tasks:read': 'Read tasks',
          'tasks:write': 'Create and change tasks',
          'stories:read': 'Read comments',
          default: 'Everything you can do, for apps with full permissions; alone, never beside others',
        },
      },
    }),
    token: bearer({
      label: 'Personal access token',
      docs: 'https://developers.asana.com/docs/personal-access-token',
      steps: ['At app.asana.com/0/my-apps make a personal access token and copy it: it is shown once.'],
      token: { label: 'Token', pattern: '^[0-9]+/[0-9]+(/[0-9]+)?:[A-Za-z0-9]+$' },
    }),
  },
  check: { get: '/users/me', ok: { path: 'data.gid', exists: true } },
  identity: { id: 'data.gid', label: ['data.email', 'data.name'] },
  guarded: ['POST /webhooks'],
  actions: {
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: {
        workspace: { is: 'text', about: 'Id of the workspace', optional: true },
        limit: { is: 'integer', about: 'How many at most, up to 100', default: 50 },
      },
      get: '/projects',
      query: { workspace: '{workspace}', limit: '{limit}' },
      gives: 'data',
      scopes: ['projects:read', 'default'],
    },
    list_tasks: {
      does: 'read',
      title: 'List the tasks of a project',
      input: {
        project: { is: 'text', about: 'Id of the project' },
        limit: { is: 'integer', about: 'How many at most, up to 100', default: 50 },
      },
      get: '/tasks',
      query: {
        project: '{project}',
        limit: '{limit}',
        opt_fields: 'name,completed,due_on,assignee.name,permalink_url',
      },
      gives: 'data',
      scopes: ['tasks:read', 'default'],
    },
    create_task: {
      does: 'write',
      title: 'Create a task',
      input: {
        project: { is: 'text', about: 'Id of the project' },
        name: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'Description', optional: true },
        due: { is: 'date', about: 'Day it is due', optional: true },
      },
      post: '/tasks',
      body: { data: { projects: ['{project}'], name: '{name}', notes: '{text}', due_on: '{due}' } },
      gives: 'data',
      scopes: ['tasks:write', 'default'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.asana.com/docs/oauth',
      'https://github.com/Asana/openapi',
      'https://docs.unified.to/skills/asana-oauth-app/SKILL.md',
      'https://nango.dev/docs/api-integrations/asana/how-to-register-your-own-asana-api-oauth-app',
    ],
  },
})
