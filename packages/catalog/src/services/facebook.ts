// Long: short tokens are swapped for long ones, which swap themselves, and the version stands in every address.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

// A short token becomes one of 60 days, and that one can be swapped again while it lives.
const swap = {
  grant_type: 'fb_exchange_token',
  client_id: '{clientId}',
  client_secret: '{clientSecret}',
  fb_exchange_token: '{accessToken}',
} as const

export const facebook = defineService({
  name: 'Facebook',
  docs: 'https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow',
  category: 'social',
  icon: { slug: 'facebook' },
  settings: {
    version: {
      kind: 'text',
      label: 'Version of the Graph API',
      hint: 'Each lives about two years',
      default: 'v25.0',
      pattern: '^v[0-9]{1,3}\\.[0-9]$',
    },
  },
  baseUrl: 'https://graph.facebook.com/{version}',
  hosts: ['graph-video.facebook.com'],
  auth: {
    // appsecret_proof, a keyed hash of the token that an app may demand, is missing: there is no word for it.
    oauth: oauth2({
      label: 'Sign in with Facebook',
      steps: [
        'At developers.facebook.com make an app and add Facebook Login.',
        'In its settings add the redirect address shown here; copy app id and app secret from Settings › Basic.',
        'Leave Require App Secret off.',
      ],
      obtain: {
        authorize: 'https://www.facebook.com/{version}/dialog/oauth',
        token: 'https://graph.facebook.com/{version}/oauth/access_token',
        client: 'body',
        callback: { trim: '#_=_' },
        // The answer may name no end.
        answer: { lifetime: 5_184_000 },
        exchange: {
          url: 'https://graph.facebook.com/{version}/oauth/access_token',
          method: 'GET',
          params: swap,
        },
        refresh: { method: 'GET', client: 'none', params: swap, presents: 'access_token' },
        // Ends everything this person granted to this app.
        revoke: {
          url: 'https://graph.facebook.com/{version}/me/permissions',
          method: 'DELETE',
          body: 'empty',
          client: 'none',
          headers: { authorization: 'Bearer {accessToken}' },
          ends: 'grant',
        },
      },
      scopes: {
        separator: ',',
        ask: { public_profile: 'See your name' },
        offer: {
          email: 'See your address',
          pages_show_list: 'List your pages',
          pages_read_engagement: 'Read what your pages post and how it does',
          ads_read: 'See statistics of your adverts',
          business_management: 'Manage your business account',
          instagram_basic: 'See the Instagram account of your page',
        },
      },
    }),
  },
  check: { get: '/me?fields=id,name', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: 'name' },
  answers: {
    // A dead token is a 400 here, and a spent budget may be too.
    rejected: [{ status: 401 }, { path: 'error.code', is: 190 }],
    limited: [{ status: 429 }, { path: 'error.code', is: [4, 17, 32, 613] }],
  },
  // The list of accounts holds a token for each page.
  guarded: [
    'GET /*/accounts',
    'ANY /oauth/**',
    'GET /debug_token',
    'ANY /*/access_tokens',
    'ANY /*/system_users',
    'POST /*/subscribed_apps',
    'POST /*/subscriptions',
  ],
  actions: {
    get_page: {
      does: 'read',
      title: 'Read about a page',
      input: { page: { is: 'text', about: 'Page id' } },
      get: '/{page}',
      query: { fields: 'id,name,about,link,fan_count' },
      scopes: ['pages_read_engagement'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived',
      'https://developers.secure.facebook.com/docs/graph-api/reference/user/permissions',
      'https://stackoverflow.com/questions/10704114/invalidating-a-facebook-access-token',
      'https://github.com/better-auth/better-auth',
    ],
  },
})
