// Long: two ways to connect, nine scopes to explain and three actions.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const monday = defineService({
  name: 'monday.com',
  docs: 'https://developer.monday.com/apps/docs/oauth',
  category: 'project_management',
  icon: { letters: 'mo', colour: '#6161ff' },
  // No API-Version: each lives about a year, and without one the current version answers.
  baseUrl: 'https://api.monday.com',
  hosts: ['files.monday.com'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with monday.com',
      docs: 'https://developer.monday.com/apps/docs/migrating-to-the-new-oauth-flow',
      steps: [
        'In the Developer Center make an app, open OAuth & Permissions and switch the New OAuth Flow on.',
        'Tick the scopes, add the redirect address shown here and promote the version to live.',
        'An administrator of each account has to install the app before anybody there can sign in.',
      ],
      obtain: {
        authorize: 'https://auth.monday.com/oauth2/authorize',
        token: 'https://auth.monday.com/oauth_ms/oauth/token',
        client: 'body',
        body: 'json',
        extra: { authorize: { force_install_if_needed: 'true' } },
        // The life stands in the token itself and nowhere else.
        answer: { lifetime: 3600 },
        refresh: { rotates: 'always' },
        revoke: {
          url: 'https://auth.monday.com/oauth_ms/oauth/revoke',
          client: 'body',
          body: 'json',
          params: { token: '{liveToken}' },
        },
      },
      send: { headers: { authorization: '{accessToken}' } },
      scopes: {
        ask: { 'me:read': 'See who you are' },
        offer: {
          'boards:read': 'Read boards and items',
          'boards:write': 'Create and change boards and items',
          'workspaces:read': 'List workspaces',
          'users:read': 'See who is in the account',
          'account:read': 'See the name and plan of the account',
          'updates:read': 'Read updates',
          'updates:write': 'Post updates',
          'docs:read': 'Read documents',
        },
      },
    }),
    api_token: apiKey('authorization', {
      label: 'Personal API token',
      docs: 'https://developer.monday.com/api-reference/docs/authentication',
      steps: ['Click your picture, open Developers, then API token › Show, and copy it. It can do whatever you can.'],
      key: { label: 'API token', pattern: '^eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$' },
    }),
  },
  check: {
    post: '/v2',
    graphql: '{ me { id name email account { id name slug } } }',
    ok: { path: 'data.me.id', exists: true },
  },
  identity: { id: 'data.me.id', label: ['data.me.email', 'data.me.name'], team: 'data.me.account.name' },
  // Both may come with 200.
  answers: {
    limited: [
      { status: 429 },
      { path: 'errors.0.extensions.code', is: ['COMPLEXITY_BUDGET_EXHAUSTED', 'DAILY_LIMIT_EXCEEDED'] },
    ],
    restricted: [{ status: 403 }, { path: 'errors.0.extensions.code', is: 'UserUnauthorizedException' }],
  },
  actions: {
    list_boards: {
      does: 'read',
      title: 'List boards',
      input: { limit: { is: 'integer', about: 'How many at most', default: 25 } },
      post: '/v2',
      graphql: 'query ($limit: Int) { boards(limit: $limit) { id name state } }',
      variables: { limit: '{limit}' },
      gives: 'data.boards',
      scopes: ['boards:read'],
    },
    list_items: {
      does: 'read',
      title: 'List the items of a board',
      input: {
        board: { is: 'text', about: 'Id of the board' },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      post: '/v2',
      graphql:
        'query ($board: [ID!], $limit: Int!) { boards(ids: $board) { items_page(limit: $limit) { items { id name url column_values { id text } } } } }',
      variables: { board: ['{board}'], limit: '{limit}' },
      gives: 'data.boards.0.items_page.items',
      scopes: ['boards:read'],
    },
    create_item: {
      does: 'write',
      title: 'Create an item',
      input: {
        board: { is: 'text', about: 'Id of the board' },
        name: { is: 'text', about: 'Name of the item' },
        group: { is: 'text', about: 'Id of the group', optional: true },
      },
      post: '/v2',
      graphql:
        'mutation ($board: ID!, $name: String!, $group: String) { create_item(board_id: $board, item_name: $name, group_id: $group) { id url } }',
      variables: { board: '{board}', name: '{name}', group: '{group}' },
      gives: 'data.create_item',
      scopes: ['boards:write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.monday.com/apps/docs/oauth',
      'https://developer.monday.com/apps/docs/migrating-to-the-new-oauth-flow',
      'https://github.com/simstudioai/sim/pull/7384',
      'https://developer.monday.com/api-reference/docs/authentication',
      'https://developer.monday.com/api-reference/docs/errors',
    ],
  },
})
