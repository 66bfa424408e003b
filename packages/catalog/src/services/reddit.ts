// Long: who asks has to be named at the token endpoint, at the API and when revoking.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

// Reddit slows down or blocks whoever does not name platform, app and version, the token endpoint included.
const agent = { 'user-agent': 'web:{clientId}:v1.0 (cardea)' } as const

export const reddit = defineService({
  name: 'Reddit',
  docs: 'https://github.com/reddit-archive/reddit/wiki/OAuth2',
  category: 'social',
  icon: { slug: 'reddit' },
  baseUrl: 'https://oauth.reddit.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Reddit',
      steps: [
        'At reddit.com/prefs/apps make an app of type web app with the redirect address shown here. Reddit may have to approve it.',
        'The client id stands below the name of the app; copy it and the secret.',
      ],
      headers: agent,
      obtain: {
        authorize: 'https://www.reddit.com/api/v1/authorize',
        token: 'https://www.reddit.com/api/v1/access_token',
        client: 'basic',
        headers: agent,
        // Without it there is no refresh token.
        extra: { authorize: { duration: 'permanent' } },
        refresh: { rotates: 'never' },
        revoke: {
          url: 'https://www.reddit.com/api/v1/revoke_token',
          client: 'basic',
          headers: agent,
          params: { token: '{refreshToken}', token_type_hint: 'refresh_token' },
        },
      },
      scopes: {
        ask: { identity: 'See your user name and since when you are there' },
        offer: {
          read: 'Read posts and comments',
          history: 'See your votes and what you saved or hid',
          submit: 'Post and comment as you',
          mysubreddits: 'See the communities you are in',
          privatemessages: 'Read and send private messages',
        },
      },
    }),
  },
  check: { get: '/api/v1/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: 'name' },
  answers: { comeBack: { header: 'x-ratelimit-reset', as: 'seconds' } },
  guarded: ['ANY /api/v1/authorize', 'ANY /api/v1/access_token', 'POST /api/addoauthapp'],
  actions: {
    list_posts: {
      does: 'read',
      title: 'List the newest posts of a community',
      input: {
        community: { is: 'text', about: 'Name of the community, without r/' },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      get: '/r/{community}/new',
      query: { limit: '{limit}', raw_json: '1' },
      gives: 'data.children',
      scopes: ['read'],
    },
    submit_post: {
      does: 'write',
      title: 'Post in a community',
      input: {
        community: { is: 'text', about: 'Name of the community, without r/' },
        title: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'The post, in Markdown' },
      },
      post: '/api/submit',
      form: { sr: '{community}', kind: 'self', title: '{title}', text: '{text}', api_type: 'json' },
      gives: 'json.data',
      scopes: ['submit'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/reddit/reddit/wiki/API',
      'https://github.com/simstudioai/sim',
      'https://github.com/NangoHQ/nango',
      'https://praw.readthedocs.io/en/stable/_sources/tutorials/refresh_token.rst.txt',
    ],
  },
})
