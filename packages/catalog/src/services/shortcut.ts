import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const shortcut = defineService({
  name: 'Shortcut',
  docs: 'https://developer.shortcut.com/api/rest/v3',
  category: 'project_management',
  icon: { slug: 'shortcut' },
  baseUrl: 'https://api.app.shortcut.com',
  auth: {
    token: apiKey('shortcut-token', {
      label: 'API token',
      steps: ['In Shortcut open Settings › API Tokens, generate one and copy it. It can do whatever you can.'],
      key: { label: 'API token', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
    }),
  },
  check: { get: '/api/v3/member', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['mention_name', 'name'], team: 'workspace2.url_slug' },
  actions: {
    search_stories: {
      does: 'read',
      title: 'Find stories',
      input: {
        query: { is: 'text', about: 'As in the search box', example: 'owner:ada state:"In Progress"' },
        limit: { is: 'integer', about: 'How many at most, up to 25', default: 25 },
      },
      get: '/api/v3/search/stories',
      query: { query: '{query}', page_size: '{limit}' },
      gives: 'data',
    },
    list_workflows: {
      does: 'read',
      title: 'List workflows and their states',
      input: {},
      get: '/api/v3/workflows',
    },
    create_story: {
      does: 'write',
      title: 'Create a story',
      input: {
        name: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'Description, in Markdown', optional: true },
        state: { is: 'integer', about: 'Id of the workflow state, as listed' },
        type: { is: 'text', about: 'Kind of story', options: ['feature', 'bug', 'chore'], default: 'feature' },
      },
      post: '/api/v3/stories',
      body: { name: '{name}', description: '{text}', workflow_state_id: '{state}', story_type: '{type}' },
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/useshortcut/shortcut-client-js', 'https://github.com/NangoHQ/nango'],
  },
})
