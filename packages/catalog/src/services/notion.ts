// Long: two ways to connect and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

// Without it every call is refused, those for tokens too.
const headers = { 'notion-version': '2025-09-03' } as const

export const notion = defineService({
  name: 'Notion',
  docs: 'https://developers.notion.com/docs/authorization',
  category: 'knowledge',
  icon: { slug: 'notion' },
  baseUrl: 'https://api.notion.com',
  headers,
  auth: {
    oauth: oauth2({
      label: 'Sign in with Notion',
      steps: [
        'Among your integrations at Notion make a public one and add the redirect address shown here.',
        'Its capabilities take the place of scopes; copy client id and secret.',
        'Each person chooses the pages while consenting; more can be shared later.',
      ],
      obtain: {
        authorize: 'https://api.notion.com/v1/oauth/authorize',
        token: 'https://api.notion.com/v1/oauth/token',
        body: 'json',
        headers,
        extra: { authorize: { owner: 'user' } },
        // No life is named; integrations of some age get no refresh token either.
        answer: { lifetime: 'unknown' },
        refresh: { rotates: 'always' },
        revoke: {
          url: 'https://api.notion.com/v1/oauth/revoke',
          client: 'basic',
          body: 'json',
          headers,
          params: { token: '{accessToken}' },
        },
      },
      identity: {
        id: ['bot.workspace_id', 'bot.owner.user.id'],
        label: ['bot.owner.user.person.email', 'bot.owner.user.name'],
        team: 'bot.workspace_name',
      },
    }),
    token: bearer({
      label: 'Internal integration',
      docs: 'https://developers.notion.com/reference/authentication',
      steps: [
        'Among your integrations at Notion make an internal one and copy its secret.',
        'On each page it may see open ••• › Connections and add the integration.',
      ],
      token: { label: 'Integration secret', pattern: '^(ntn_|secret_)[A-Za-z0-9]{40,}$', example: 'ntn_…' },
    }),
  },
  check: { get: '/v1/users/me', ok: { path: 'type', is: 'bot' } },
  // An internal integration belongs to the workspace and to nobody in it.
  identity: { id: ['bot.workspace_id', 'id'], label: ['name', 'bot.workspace_name'], team: 'bot.workspace_name' },
  guarded: ['ANY /v1/oauth/**'],
  actions: {
    search: {
      does: 'read',
      title: 'Find pages by title',
      input: {
        query: { is: 'text', about: 'Words in the title', optional: true },
        limit: { is: 'integer', about: 'How many at most, up to 100', default: 25 },
      },
      post: '/v1/search',
      body: { query: '{query}', page_size: '{limit}' },
      gives: 'results',
    },
    read_page: {
      does: 'read',
      title: 'Read the blocks of a page',
      input: { page: { is: 'text', about: 'Id of the page' } },
      get: '/v1/blocks/{page}/children',
      gives: 'results',
    },
    create_page: {
      does: 'write',
      title: 'Create a page below another',
      input: {
        parent: { is: 'text', about: 'Id of the page above it' },
        title: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'First paragraph' },
      },
      post: '/v1/pages',
      body: {
        parent: { page_id: '{parent}' },
        properties: { title: { title: [{ text: { content: '{title}' } }] } },
        children: [{ object: 'block', type: 'paragraph', paragraph: { rich_text: [{ text: { content: '{text}' } }] } }],
      },
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.notion.com/reference/create-a-token',
      'https://developers.notion.com/reference/refresh-a-token',
      'https://developers.notion.com/reference/revoke-token',
      'https://github.com/makenotion/notion-sdk-js',
    ],
  },
})
