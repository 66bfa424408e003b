// Long: one way to connect, five scopes to explain and two actions.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const twitch = defineService({
  name: 'Twitch',
  docs: 'https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/',
  category: 'media',
  icon: { slug: 'twitch' },
  baseUrl: 'https://api.twitch.tv/helix',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Twitch',
      steps: [
        'At dev.twitch.tv/console register an application with the redirect address shown here, as a confidential client.',
        'Copy its client id, and make a new secret.',
      ],
      obtain: {
        authorize: 'https://id.twitch.tv/oauth2/authorize',
        token: 'https://id.twitch.tv/oauth2/token',
        client: 'body',
        refresh: { rotates: 'sometimes' },
        revoke: {
          url: 'https://id.twitch.tv/oauth2/revoke',
          client: 'none',
          params: { client_id: '{clientId}', token: '{accessToken}' },
        },
      },
      // A token without the id of the very app that minted it is a 401.
      send: { headers: { authorization: 'Bearer {accessToken}', 'client-id': '{clientId}' } },
      scopes: {
        ask: { 'user:read:email': 'See your profile and address' },
        offer: {
          'channel:read:subscriptions': 'See who subscribes to your channel',
          'moderator:read:followers': 'See who follows your channel',
          'moderation:read': 'See moderators and bans of your channel',
          'chat:read': 'Read chat',
        },
      },
    }),
  },
  check: { get: '/users', ok: { path: 'data.0.id', exists: true } },
  identity: { id: 'data.0.id', label: 'data.0.login' },
  answers: { comeBack: { header: 'ratelimit-reset', as: 'epoch_seconds' } },
  // The key of a stream lets anybody broadcast.
  guarded: ['GET /streams/key', 'POST /eventsub/subscriptions'],
  actions: {
    search_channels: {
      does: 'read',
      title: 'Find channels',
      input: {
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/search/channels',
      query: { query: '{query}', first: '{limit}' },
      gives: 'data',
    },
    get_stream: {
      does: 'read',
      title: 'See whether a channel is live',
      input: { login: { is: 'text', about: 'User name' } },
      get: '/streams',
      query: { user_login: '{login}' },
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://dev.twitch.tv/docs/authentication/revoke-tokens',
      'https://dev.twitch.tv/docs/authentication/validate-tokens',
      'https://hexdocs.pm/hello_twitch_api/TwitchAPI.AuthClient.html',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
