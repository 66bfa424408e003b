// Long: short tokens are swapped for long ones, which renew themselves.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const instagram = defineService({
  name: 'Instagram',
  docs: 'https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login',
  category: 'social',
  icon: { slug: 'instagram' },
  baseUrl: 'https://graph.instagram.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Instagram',
      steps: [
        'At developers.facebook.com make an app and add Instagram with business login.',
        'Add the redirect address shown here; use the Instagram app id and secret, not those of the Facebook app.',
        'Only professional accounts can connect.',
      ],
      obtain: {
        authorize: 'https://www.instagram.com/oauth/authorize',
        token: 'https://api.instagram.com/oauth/access_token',
        client: 'body',
        pkce: 'refused',
        callback: { trim: '#_' },
        answer: { within: ['', 'data.0'], at: { scope: 'permissions' }, lifetime: 5_184_000, separator: ',' },
        // An hour becomes sixty days, and the long one then renews itself while it lives: there is no refresh token.
        exchange: {
          url: 'https://graph.instagram.com/access_token',
          method: 'GET',
          params: { grant_type: 'ig_exchange_token', client_secret: '{clientSecret}', access_token: '{accessToken}' },
        },
        refresh: {
          url: 'https://graph.instagram.com/refresh_access_token',
          method: 'GET',
          client: 'none',
          params: { grant_type: 'ig_refresh_token', access_token: '{accessToken}' },
          presents: 'access_token',
          notBeforeSeconds: 86_400,
        },
        revoke: { none: 'Remove the app under Settings › Website permissions › Apps and websites.' },
      },
      scopes: {
        separator: ',',
        ask: { instagram_business_basic: 'See your profile and posts' },
        offer: {
          instagram_business_content_publish: 'Publish posts',
          instagram_business_manage_comments: 'Read and answer comments',
          instagram_business_manage_messages: 'Read and answer messages',
          instagram_business_manage_insights: 'See statistics',
        },
      },
    }),
  },
  check: { get: '/me?fields=user_id,username', ok: { path: 'user_id', exists: true } },
  identity: { id: 'user_id', label: 'username' },
  answers: {
    rejected: [{ status: 401 }, { path: 'error.code', is: 190 }],
    limited: [{ status: 429 }, { path: 'error.code', is: [4, 17, 32, 613] }],
  },
  guarded: ['ANY /access_token', 'ANY /refresh_access_token'],
  actions: {
    list_media: {
      does: 'read',
      title: 'List your posts',
      input: { limit: { is: 'integer', about: 'How many at most', default: 25 } },
      get: '/me/media',
      query: { fields: 'id,caption,media_type,permalink,timestamp', limit: '{limit}' },
      gives: 'data',
      scopes: ['instagram_business_basic'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login',
      'https://developers.facebook.com/docs/instagram-basic-display-api/guides/long-lived-access-tokens/',
      'https://developers.facebook.com/docs/instagram-platform/reference/me',
      'https://github.com/aipotheosis-labs/aci/pull/580',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
