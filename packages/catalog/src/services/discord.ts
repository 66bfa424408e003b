// Long: three ways to connect, six scopes to explain and four actions.
import { defineService } from '../define.ts'
import { apiKey, oauth2, webhook } from '../kinds.ts'

export const discord = defineService({
  name: 'Discord',
  docs: 'https://discord.com/developers/docs/topics/oauth2',
  category: 'chat',
  icon: { slug: 'discord' },
  baseUrl: 'https://discord.com/api/v10',
  hosts: ['cdn.discordapp.com'],
  // Agents of another form may be blocked at the edge.
  headers: { 'user-agent': 'DiscordBot (cardea, 1)' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with Discord',
      steps: [
        'At discord.com/developers/applications make an application and open OAuth2.',
        'Under Redirects add the redirect address shown here, then copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://discord.com/oauth2/authorize',
        token: 'https://discord.com/api/oauth2/token',
        refresh: { rotates: 'always' },
        // Whichever token is presented, every token of this authorisation ends.
        revoke: {
          url: 'https://discord.com/api/oauth2/token/revoke',
          client: 'basic',
          params: { token: '{liveToken}' },
          ends: 'grant',
        },
      },
      scopes: {
        ask: { identify: 'See your name and picture' },
        offer: {
          email: 'See your address',
          guilds: 'List the servers you are in',
          'guilds.members.read': 'See your nickname and roles in a server',
          bot: 'Add its bot to a server you choose',
          'applications.commands': 'Add its commands to a server you choose',
        },
      },
    }),
    // Messages are a matter of bots: a person's own token cannot read or write any.
    bot_token: apiKey(
      'authorization',
      {
        label: 'Bot token',
        docs: 'https://discord.com/developers/docs/reference#authentication',
        steps: [
          'At discord.com/developers/applications open your application, then Bot, and choose Reset Token: it is shown once.',
          'Under OAuth2 make an address with the scope bot and open it to add the bot to your server.',
        ],
        key: { label: 'Bot token', pattern: '^[A-Za-z0-9_-]{23,28}\\.[A-Za-z0-9_-]{6,7}\\.[A-Za-z0-9_-]{27,}$' },
      },
      'Bot {key}',
    ),
    webhook: webhook({
      label: 'Webhook of a channel',
      docs: 'https://discord.com/developers/docs/resources/webhook',
      steps: ['In the settings of a channel open Integrations › Webhooks, make one and copy its address.'],
      url: {
        label: 'Webhook address',
        pattern:
          '^https://(discord\\.com|ptb\\.discord\\.com|canary\\.discord\\.com|discordapp\\.com)/api/webhooks/[0-9]+/[A-Za-z0-9_-]+$',
      },
      hosts: ['discord.com', 'ptb.discord.com', 'canary.discord.com', 'discordapp.com'],
      check: { get: '', ok: { path: 'id', exists: true }, proves: 'the webhook exists; nothing is posted' },
      identity: { id: 'id', label: 'name' },
    }),
  },
  check: { get: '/users/@me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['global_name', 'username'] },
  // Whoever reads a webhook reads its token.
  guarded: [
    'ANY /channels/*/webhooks',
    'GET /guilds/*/webhooks',
    'GET /webhooks/*',
    'PATCH /applications/@me',
    'POST /oauth2/**',
  ],
  actions: {
    post_message: {
      does: 'write',
      title: 'Post a message',
      input: {
        channel: { is: 'text', about: 'Id of the channel', example: '1098765432109876543' },
        text: { is: 'text', about: 'The message, up to 2000 characters' },
      },
      post: '/channels/{channel}/messages',
      body: { content: '{text}' },
      methods: ['bot_token'],
    },
    post_to_webhook: {
      does: 'write',
      title: 'Post to the channel of the webhook',
      input: {
        text: { is: 'text', about: 'The message, up to 2000 characters' },
        name: { is: 'text', about: 'Name to post under', optional: true },
      },
      post: '',
      body: { content: '{text}', username: '{name}' },
      methods: ['webhook'],
    },
    list_messages: {
      does: 'read',
      title: 'Read the latest messages of a channel',
      input: {
        channel: { is: 'text', about: 'Id of the channel' },
        limit: { is: 'integer', about: 'How many at most, up to 100', default: 50 },
      },
      get: '/channels/{channel}/messages',
      query: { limit: '{limit}' },
      methods: ['bot_token'],
    },
    list_servers: {
      does: 'read',
      title: 'List servers',
      input: {},
      get: '/users/@me/guilds',
      scopes: ['guilds'],
      methods: ['oauth', 'bot_token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://discord.com/developers/docs/topics/oauth2', 'https://github.com/discord/discord-api-docs'],
  },
})
