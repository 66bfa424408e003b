// Long: another name for the client id, and a revocation that spells out what others take for granted.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const tiktok = defineService({
  name: 'TikTok',
  docs: 'https://developers.tiktok.com/doc/oauth-user-access-token-management',
  category: 'social',
  icon: { slug: 'tiktok' },
  baseUrl: 'https://open.tiktokapis.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with TikTok',
      steps: [
        'At developers.tiktok.com make an app, add Login Kit for the web and the redirect address shown here, without a query.',
        'Copy client key and client secret. Before TikTok has reviewed the app only its target users can connect.',
      ],
      // The slashes at the end matter. A wrong code is a 200 with a member `error`.
      obtain: {
        authorize: 'https://www.tiktok.com/v2/auth/authorize/',
        token: 'https://open.tiktokapis.com/v2/oauth/token/',
        client: 'body',
        names: { clientId: 'client_key' },
        answer: { at: { refreshExpiresIn: 'refresh_expires_in' }, separator: ',' },
        // Two hours and half a year since November 2026; the answers say how long. The old refresh token dies at once.
        refresh: { rotates: 'always' },
        revoke: {
          url: 'https://open.tiktokapis.com/v2/oauth/revoke/',
          client: 'none',
          params: { client_key: '{clientId}', client_secret: '{clientSecret}', token: '{accessToken}' },
          ends: 'grant',
        },
      },
      scopes: {
        separator: ',',
        ask: { 'user.info.basic': 'See your name and picture' },
        offer: {
          'user.info.profile': 'See your profile',
          'user.info.stats': 'See your counts of followers, likes and videos',
          'video.list': 'See your public videos',
          'video.upload': 'Upload drafts',
          'video.publish': 'Publish videos',
        },
      },
    }),
  },
  // Success too carries an error, whose code is ok.
  check: { get: '/v2/user/info/?fields=open_id,display_name', ok: { path: 'error.code', is: 'ok' } },
  identity: { id: 'data.user.open_id', label: 'data.user.display_name' },
  guarded: ['ANY /v2/oauth/**'],
  actions: {
    list_videos: {
      does: 'read',
      title: 'List your videos',
      input: { limit: { is: 'integer', about: 'How many at most, up to 20', default: 20 } },
      post: '/v2/video/list/',
      query: { fields: 'id,title,create_time,share_url,view_count' },
      body: { max_count: '{limit}' },
      gives: 'data.videos',
      scopes: ['video.list'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.tiktok.com/doc/oauth-user-access-token-management',
      'https://developers.tiktok.com/docs/en/oauth-refresh-a-user-access-token',
      'https://developers.tiktok.com/docs/en/oauth-revoke-a-user-access-token',
      'https://developers.tiktok.com/docs/zh-Hans/oauth-user-access-token-management',
      'https://developers.tiktok.com/doc/login-kit-web',
      'https://developers.tiktok.com/doc/display-api-overview/',
      'https://raw.githubusercontent.com/api-evangelist/tiktok-for-developers/refs/heads/main/capabilities/tiktok-display-video.yaml',
    ],
  },
})
