// Long: most apps get no refresh token, and the few scopes of LinkedIn need words of their own.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const linkedin = defineService({
  name: 'LinkedIn',
  docs: 'https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow',
  category: 'social',
  icon: { letters: 'in', colour: '#0a66c2' },
  // Paths below /rest also want a header linkedin-version: YYYYMM, which each caller has to choose: each lives about a year.
  baseUrl: 'https://api.linkedin.com',
  headers: { 'x-restli-protocol-version': '2.0.0' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with LinkedIn',
      steps: [
        'At linkedin.com/developers make an app for a company page.',
        'Under Products add Sign In with LinkedIn using OpenID Connect; add Share on LinkedIn to post.',
        'Under Auth add the redirect address shown here, and copy client id and primary client secret.',
      ],
      obtain: {
        authorize: 'https://www.linkedin.com/oauth/v2/authorization',
        token: 'https://www.linkedin.com/oauth/v2/accessToken',
        client: 'body',
        pkce: 'refused',
        answer: {
          lifetime: 5_184_000,
          at: { refreshExpiresIn: 'refresh_token_expires_in' },
          separator: ',',
        },
        // Only approved partners get a refresh token; its year is never prolonged. All others consent again every 60 days.
        refresh: { rotates: 'never', lapses: { afterSeconds: 31_536_000 } },
        revoke: {
          url: 'https://www.linkedin.com/oauth/v2/revoke',
          client: 'body',
          params: { token: '{accessToken}' },
        },
      },
      scopes: {
        ask: { openid: 'Sign in', profile: 'See your name and picture' },
        offer: {
          email: 'See your address',
          w_member_social: 'Post, comment and react as you',
          r_organization_social: 'Read posts of your organisations; needs approval by LinkedIn',
          w_organization_social: 'Post for your organisations; needs approval by LinkedIn',
          rw_organization_admin: 'Manage pages of your organisations; needs approval by LinkedIn',
        },
      },
    }),
  },
  check: { get: '/v2/userinfo', ok: { path: 'sub', exists: true } },
  identity: { id: 'sub', label: ['email', 'name'] },
  answers: {
    // A linkedin-version that was switched off.
    retired: [{ status: 410 }, { status: 426 }],
  },
  guarded: ['ANY /oauth/**'],
  actions: {
    get_profile: { does: 'read', title: 'Who you are', input: {}, get: '/v2/userinfo', scopes: ['profile'] },
    create_post: {
      does: 'write',
      title: 'Post as yourself',
      input: {
        member: { is: 'text', about: 'Your member id: what get_profile calls sub' },
        text: { is: 'text', about: 'The post' },
        visibility: { is: 'text', about: 'Who sees it', options: ['PUBLIC', 'CONNECTIONS'], default: 'PUBLIC' },
      },
      post: '/v2/ugcPosts',
      body: {
        author: 'urn:li:person:{member}',
        lifecycleState: 'PUBLISHED',
        specificContent: {
          'com.linkedin.ugc.ShareContent': { shareCommentary: { text: '{text}' }, shareMediaCategory: 'NONE' },
        },
        visibility: { 'com.linkedin.ugc.MemberNetworkVisibility': '{visibility}' },
      },
      scopes: ['w_member_social'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens?view=li-lms-2024-08',
      'https://raw.githubusercontent.com/api-evangelist/linkedin/refs/heads/main/lifecycle/linkedin-lifecycle.yml',
      'https://github.com/simstudioai/sim',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
