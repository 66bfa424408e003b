// Long: four ways to connect, nine scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, keys, oauth1, oauth2 } from '../kinds.ts'

export const x = defineService({
  name: 'X',
  docs: 'https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/authorization-code',
  category: 'social',
  icon: { slug: 'x' },
  baseUrl: 'https://api.x.com/2',
  hosts: ['api.twitter.com', 'upload.twitter.com'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with X',
      steps: [
        'At console.x.com make an app and open its authentication settings.',
        'Choose Web App, so that it gets a secret, and add the redirect address shown here. X refuses localhost.',
        'Copy client id and client secret. Calls are paid from credits of the app.',
      ],
      obtain: {
        authorize: 'https://x.com/i/oauth2/authorize',
        token: 'https://api.x.com/2/oauth2/token',
        client: 'basic',
        pkce: 'required',
        answer: { lifetime: 7200 },
        refresh: { rotates: 'always' },
        revoke: {
          url: 'https://api.x.com/2/oauth2/revoke',
          client: 'basic',
          params: { token: '{accessToken}', token_type_hint: 'access_token' },
        },
      },
      scopes: {
        ask: {
          'users.read': 'See your profile and those you can see',
          'tweet.read': 'Read posts you can see',
          // Without it there is no refresh token and no error either.
          'offline.access': 'Stay connected without asking again',
        },
        offer: {
          'tweet.write': 'Post as you',
          'media.write': 'Upload pictures and videos',
          'like.read': 'See what you like',
          'bookmark.read': 'See your bookmarks',
          'follows.read': 'See whom you follow and who follows you',
          'dm.read': 'Read your direct messages',
        },
      },
    }),
    oauth1: oauth1({
      label: 'Sign in with OAuth 1.0a',
      docs: 'https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/obtaining-user-access-tokens',
      steps: [
        'At console.x.com open your app, allow OAuth 1.0a with the redirect address shown here, and choose read or read and write.',
        'Copy API key and API key secret: they are client id and client secret here.',
      ],
      obtain: {
        request: 'https://api.twitter.com/oauth/request_token',
        authorize: 'https://api.twitter.com/oauth/authorize',
        token: 'https://api.twitter.com/oauth/access_token',
      },
      send: { sign: { with: 'oauth1', method: 'HMAC-SHA1', token: '{accessToken}', tokenSecret: '{tokenSecret}' } },
    }),
    token: bearer({
      label: 'Bearer token of an app',
      docs: 'https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/application-only',
      steps: ['At console.x.com open your app, then Keys and tokens, and generate a bearer token. It is nobody’s.'],
      token: { label: 'Bearer token', pattern: '^A{10,}[A-Za-z0-9%]+$', example: 'AAAAAAAAAA…' },
      // There is no "me" for an app: what has been used says which project it is.
      check: { get: '/usage/tweets', ok: { path: 'data.project_id', exists: true } },
      identity: { id: 'data.project_id' },
    }),
    keys: keys({
      label: 'Keys and access token of your own account',
      docs: 'https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/api-key-and-secret',
      steps: ['At console.x.com open your app, then Keys and tokens, and generate an access token for your account.'],
      fields: {
        clientId: { label: 'API key' },
        clientSecret: { label: 'API key secret' },
        token: { label: 'Access token', pattern: '^[0-9]+-[A-Za-z0-9]+$' },
        secret: { label: 'Access token secret' },
      },
      send: { sign: { with: 'oauth1', method: 'HMAC-SHA1', token: '{token}', tokenSecret: '{secret}' } },
    }),
  },
  // Costs a cent: reads of people are paid.
  check: { get: '/users/me', ok: { path: 'data.id', exists: true } },
  identity: { id: 'data.id', label: 'data.username' },
  answers: { comeBack: { header: 'x-rate-limit-reset', as: 'epoch_seconds' } },
  guarded: [
    'ANY /oauth2/**',
    'ANY /oauth/**',
    'ANY /2/oauth2/**',
    'ANY /webhooks/**',
    'ANY /account_activity/**',
    'ANY /activity/subscriptions/**',
  ],
  actions: {
    create_post: {
      does: 'write',
      title: 'Post',
      input: { text: { is: 'text', about: 'The post' } },
      post: '/tweets',
      body: { text: '{text}' },
      gives: 'data',
      scopes: ['tweet.write'],
      methods: ['oauth', 'oauth1', 'keys'],
    },
    search_posts: {
      does: 'read',
      title: 'Find posts of the last seven days',
      input: {
        query: { is: 'text', about: 'In the search language of X', example: 'from:ada -is:retweet' },
        limit: { is: 'integer', about: 'How many at most, at least 10', default: 10 },
      },
      get: '/tweets/search/recent',
      query: { query: '{query}', max_results: '{limit}', 'tweet.fields': 'created_at,author_id' },
      gives: 'data',
      scopes: ['tweet.read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/xdevplatform/docs/blob/main/fundamentals/authentication/oauth-2-0/authorization-code.mdx',
      'https://github.com/xdevplatform/docs/blob/main/fundamentals/authentication/oauth-2-0/user-access-token.mdx',
      'https://github.com/xdevplatform/docs/blob/main/openapi.json',
      'https://github.com/xdevplatform/docs/blob/main/x-api/getting-started/pricing.mdx',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
