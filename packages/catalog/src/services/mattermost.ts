import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const mattermost = defineService({
  name: 'Mattermost',
  docs: 'https://developers.mattermost.com/integrate/reference/personal-access-token/',
  category: 'chat',
  icon: { slug: 'mattermost' },
  settings: { server: { kind: 'url', label: 'Server address', example: 'https://mattermost.example.com' } },
  baseUrl: '{server}/api/v4',
  auth: {
    token: bearer({
      label: 'Personal or bot token',
      steps: [
        'An administrator allows personal access tokens, or makes a bot account, in the System Console under Integrations.',
        'In your profile open Security › Personal Access Tokens, make one and copy the token, not its id.',
      ],
      token: { label: 'Token', pattern: '^[a-z0-9]{26}$' },
    }),
  },
  check: { get: '/users/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['username', 'email'], at: '{server}' },
  answers: { comeBack: { header: 'x-ratelimit-reset', as: 'seconds' } },
  guarded: [
    'POST /users/*/tokens',
    'POST /users/login',
    'PUT /users/*/password',
    'ANY /bots/**',
    'ANY /hooks/**',
    'ANY /commands/**',
    'ANY /oauth/**',
  ],
  actions: {
    post_message: {
      does: 'write',
      title: 'Post a message',
      input: {
        channel: { is: 'text', about: 'Id of the channel' },
        text: { is: 'text', about: 'The message, in Markdown' },
        thread: { is: 'text', about: 'Id of the message to answer', optional: true },
      },
      post: '/posts',
      body: { channel_id: '{channel}', message: '{text}', root_id: '{thread}' },
    },
    list_channels: {
      does: 'read',
      title: 'List your channels',
      input: {},
      get: '/users/me/channels',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.mattermost.com/api/reference/mattermost-api',
      'https://github.com/mattermost/docs',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
