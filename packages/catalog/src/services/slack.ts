// Long: four ways to connect, ten scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2, webhook } from '../kinds.ts'

const steps = [
  'At api.slack.com/apps make an app for your workspace.',
  'Under OAuth & Permissions add the redirect address shown here; the scopes come from us.',
  'Copy client id and secret from Basic Information. Token rotation may be on; it cannot be switched off again.',
]
// Slack answers 200 to everything: only `ok` tells.
const failure = { path: 'ok', is: false } as const
const revoke = {
  url: 'https://slack.com/api/auth.revoke',
  client: 'none',
  headers: { authorization: 'Bearer {accessToken}' },
  ok: { path: 'revoked', is: true },
} as const

export const slack = defineService({
  name: 'Slack',
  docs: 'https://docs.slack.dev/authentication/installing-with-oauth',
  category: 'chat',
  icon: { letters: 'Sl', colour: '#4a154b' },
  baseUrl: 'https://slack.com/api',
  hosts: ['files.slack.com', 'hooks.slack.com'],
  auth: {
    oauth: oauth2({
      label: 'Add to Slack',
      steps,
      obtain: {
        authorize: 'https://slack.com/oauth/v2/authorize',
        token: 'https://slack.com/api/oauth.v2.access',
        client: 'basic',
        // PKCE would make this a public client, whose refresh tokens lapse after 30 days.
        pkce: 'refused',
        // An install for a user alone has no token at the top.
        answer: { within: ['', 'authed_user'], failure, lifetime: 'never', separator: ',' },
        refresh: { rotates: 'always' },
        revoke,
      },
      scopes: {
        separator: ',',
        ask: { 'users:read': 'See who is in the workspace', 'team:read': 'See the name of the workspace' },
        offer: {
          'chat:write': 'Post messages',
          'channels:read': 'List public channels',
          'channels:history': 'Read public channels',
          'files:read': 'See files',
          'reactions:write': 'React to messages',
        },
      },
    }),
    // Bot and user tokens rotate apart, so a user token is a connection of its own.
    oauth_user: oauth2({
      label: 'Act as yourself in Slack',
      steps,
      obtain: {
        authorize: 'https://slack.com/oauth/v2/authorize',
        token: 'https://slack.com/api/oauth.v2.access',
        client: 'basic',
        pkce: 'refused',
        names: { scope: 'user_scope' },
        answer: { within: ['authed_user', ''], failure, lifetime: 'never', separator: ',' },
        refresh: { rotates: 'always' },
        revoke,
      },
      scopes: {
        separator: ',',
        ask: { 'users:read': 'See who is in the workspace' },
        offer: { 'search:read': 'Search as you', 'chat:write': 'Post as you' },
      },
    }),
    token: bearer({
      label: 'Bot or user token',
      steps: ['Open your app at api.slack.com/apps, install it, and copy the token from OAuth & Permissions.'],
      token: { label: 'Token', pattern: '^xox[bpe](\\.xox[bp])?-[A-Za-z0-9-]+$', example: 'xoxb-…' },
    }),
    webhook: webhook({
      label: 'Incoming webhook',
      docs: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
      steps: ['In your app switch Incoming Webhooks on, add one to a channel, and copy its address.'],
      url: {
        label: 'Webhook address',
        pattern: '^https://hooks\\.slack\\.com/(services|workflows|triggers)/[A-Za-z0-9_/-]+$',
      },
      // An empty message is refused as such only by a live hook, and posts nothing.
      check: { post: '', body: {}, answer: 'text', ok: { status: 400 }, proves: 'the hook exists; nothing is posted' },
      identity: { none: 'a webhook does not say whose it is' },
    }),
  },
  check: { post: '/auth.test', ok: { path: 'ok', is: true } },
  identity: { id: ['team_id', 'user_id'], label: 'user', team: 'team' },
  answers: {
    rejected: [
      { status: 401 },
      { path: 'error', is: ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired'] },
    ],
    restricted: [{ path: 'error', is: ['missing_scope', 'not_allowed_token_type', 'no_permission'] }],
    limited: [{ status: 429 }, { path: 'error', is: 'ratelimited' }],
  },
  guarded: ['ANY /oauth.**', 'ANY /auth.revoke', 'ANY /apps.connections.open', 'ANY /tooling.tokens.rotate'],
  actions: {
    post_message: {
      does: 'write',
      title: 'Post a message',
      input: {
        channel: { is: 'text', about: 'Channel name or id', example: '#general' },
        text: { is: 'text', about: 'The message' },
        thread: { is: 'text', about: 'Answer in this thread', optional: true },
      },
      post: '/chat.postMessage',
      body: { channel: '{channel}', text: '{text}', thread_ts: '{thread}' },
      scopes: ['chat:write'],
      methods: ['oauth', 'oauth_user', 'token'],
    },
    list_channels: {
      does: 'read',
      title: 'List channels',
      input: { limit: { is: 'integer', about: 'How many at most', default: 100 } },
      get: '/conversations.list',
      query: { limit: '{limit}', exclude_archived: 'true' },
      gives: 'channels',
      scopes: ['channels:read'],
      methods: ['oauth', 'oauth_user', 'token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.slack.dev/authentication/installing-with-oauth',
      'https://docs.slack.dev/authentication/using-token-rotation',
      'https://docs.slack.dev/authentication/using-pkce',
      'https://github.com/slackapi/slack-api-specs',
      'https://github.com/preset-io/agor/pull/824',
    ],
  },
})
