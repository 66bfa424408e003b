import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const front = defineService({
  name: 'Front',
  docs: 'https://dev.frontapp.com/docs/create-and-revoke-api-tokens',
  category: 'support',
  icon: { letters: 'Fr', colour: '#a857f1' },
  baseUrl: 'https://api2.frontapp.com',
  hosts: ['*.api.frontapp.com'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Front',
      docs: 'https://dev.frontapp.com/docs/oauth',
      steps: [
        'In Front open Settings › Developers, make an app, add the OAuth feature and enter the redirect address shown here.',
        'Choose its scopes there, and copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://app.frontapp.com/oauth/authorize',
        token: 'https://app.frontapp.com/oauth/token',
        client: 'basic',
        pkce: 'refused',
        names: { scope: null },
        answer: { at: { expiresAt: 'expires_at' }, lifetime: 3600 },
        // Some programs find that the refresh token changes, and others that it does not.
        refresh: { rotates: 'sometimes', lapses: { idleSeconds: 15_552_000 } },
      },
    }),
    api_token: bearer({
      label: 'API token',
      steps: ['In Front open Settings › Developers › API tokens, make a token with the scopes you need, and copy it.'],
      token: { label: 'API token', pattern: '^eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$' },
    }),
  },
  // Names the company, not a person.
  check: { get: '/me', ok: { path: 'name', exists: true } },
  identity: { id: 'id', label: 'name' },
  guarded: ['POST /inboxes/*/channels', 'PATCH /channels/*', 'POST /rules/**'],
  actions: {
    search_conversations: {
      does: 'read',
      title: 'Search conversations',
      input: { query: { is: 'text', about: 'As in the search box', example: 'is:open from:ada@example.com' } },
      get: '/conversations/search/{query}',
      gives: '_results',
    },
    add_comment: {
      does: 'write',
      title: 'Comment on a conversation, for colleagues only',
      input: {
        conversation: { is: 'text', about: 'Id of the conversation', example: 'cnv_123' },
        text: { is: 'text', about: 'The comment' },
      },
      post: '/conversations/{conversation}/comments',
      body: { body: '{text}' },
    },
  },
  verified: { on: '2026-11-20', by: ['https://dev.frontapp.com/docs/oauth', 'https://github.com/NangoHQ/nango'] },
})
