// Long: one way to connect, three scopes to explain and three actions.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const miro = defineService({
  name: 'Miro',
  docs: 'https://developers.miro.com/docs/getting-started-with-oauth',
  category: 'design',
  icon: { slug: 'miro' },
  baseUrl: 'https://api.miro.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Miro',
      steps: [
        'In Miro open Settings › Your apps and create an app, with expiring tokens: that choice is made once.',
        'Add the redirect address shown here, tick the scopes asked for here, and copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://miro.com/oauth/authorize',
        token: 'https://api.miro.com/v1/oauth/token',
        client: 'body',
        // Apps made without expiring tokens.
        answer: { lifetime: 'never' },
        refresh: { rotates: 'always', lapses: { idleSeconds: 5_184_000 } },
        revoke: {
          url: 'https://api.miro.com/v2/oauth/revoke',
          client: 'none',
          body: 'json',
          params: { accessToken: '{accessToken}', clientId: '{clientId}', clientSecret: '{clientSecret}' },
        },
      },
      scopes: {
        ask: { 'boards:read': 'Read boards' },
        offer: { 'boards:write': 'Create, change and delete boards', 'identity:read': 'See your address' },
      },
    }),
  },
  check: { get: '/v1/oauth-token', ok: { path: 'user.id', exists: true } },
  identity: { id: ['team.id', 'user.id'], label: 'user.name', team: 'team.name' },
  guarded: ['ANY /v2/oauth/**', 'ANY /v1/oauth/**', 'POST /v2/boards/*/members'],
  actions: {
    list_boards: {
      does: 'read',
      title: 'List boards',
      input: {
        query: { is: 'text', about: 'Words to look for', optional: true },
        limit: { is: 'integer', about: 'How many at most, up to 50', default: 20 },
      },
      get: '/v2/boards',
      query: { query: '{query}', limit: '{limit}' },
      gives: 'data',
      scopes: ['boards:read'],
    },
    list_items: {
      does: 'read',
      title: 'Read the items of a board',
      input: { board: { is: 'text', about: 'Id of the board' } },
      get: '/v2/boards/{board}/items',
      gives: 'data',
      scopes: ['boards:read'],
    },
    add_sticky_note: {
      does: 'write',
      title: 'Add a sticky note',
      input: {
        board: { is: 'text', about: 'Id of the board' },
        text: { is: 'text', about: 'What it says' },
      },
      post: '/v2/boards/{board}/sticky_notes',
      body: { data: { content: '{text}' } },
      scopes: ['boards:write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.miro.com/reference/oauth-20-authorization-v2',
      'https://developers.miro.com/reference/get-new-access-token-using-refresh-token',
      'https://github.com/miroapp/api-clients',
    ],
  },
})
