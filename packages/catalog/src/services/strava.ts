// Long: one way to connect, five scopes to explain and two actions.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const strava = defineService({
  name: 'Strava',
  docs: 'https://developers.strava.com/docs/authentication/',
  category: 'health',
  icon: { slug: 'strava' },
  baseUrl: 'https://www.strava.com/api/v3',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Strava',
      steps: [
        'At strava.com/settings/api make an application; the Authorization Callback Domain is the host of the redirect address shown here.',
        'Copy client id and client secret. At first only your own account can sign in.',
      ],
      obtain: {
        authorize: 'https://www.strava.com/oauth/authorize',
        token: 'https://www.strava.com/oauth/token',
        client: 'body',
        extra: { authorize: { approval_prompt: 'auto' } },
        // People may untick scopes, and only the way back says which.
        callback: { scope: 'scope' },
        answer: { at: { expiresAt: 'expires_at' }, separator: ',' },
        refresh: { rotates: 'always' },
        revoke: {
          url: 'https://www.strava.com/oauth/deauthorize',
          client: 'none',
          params: { access_token: '{accessToken}' },
          ends: 'grant',
        },
      },
      scopes: {
        separator: ',',
        ask: { read: 'See your public profile and routes' },
        offer: {
          'profile:read_all': 'See your whole profile',
          'activity:read': 'Read activities others can see',
          'activity:read_all': 'Read all activities',
          'activity:write': 'Upload and change activities',
        },
      },
    }),
  },
  check: { get: '/athlete', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['username', 'firstname'] },
  actions: {
    list_activities: {
      does: 'read',
      title: 'List your activities',
      input: { limit: { is: 'integer', about: 'How many at most, up to 200', default: 30 } },
      get: '/athlete/activities',
      query: { per_page: '{limit}' },
      scopes: ['activity:read', 'activity:read_all'],
    },
    create_activity: {
      does: 'write',
      title: 'Record an activity by hand',
      input: {
        name: { is: 'text', about: 'Name' },
        sport: { is: 'text', about: 'Kind of sport', example: 'Run' },
        start: { is: 'time', about: 'When it began, local time' },
        seconds: { is: 'integer', about: 'How long, in seconds' },
      },
      post: '/activities',
      form: { name: '{name}', sport_type: '{sport}', start_date_local: '{start}', elapsed_time: '{seconds}' },
      scopes: ['activity:write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.strava.com/docs/authentication',
      'https://developers.strava.com/docs/oauth-updates',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
