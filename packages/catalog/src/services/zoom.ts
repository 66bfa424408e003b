// Long: two ways to connect, five scopes to explain and two actions.
import { defineService } from '../define.ts'
import { clientCredentials, oauth2 } from '../kinds.ts'

const token = 'https://zoom.us/oauth/token'

export const zoom = defineService({
  name: 'Zoom',
  docs: 'https://developers.zoom.us/docs/integrations/oauth/',
  category: 'meetings',
  icon: { slug: 'zoom' },
  baseUrl: 'https://api.zoom.us/v2',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Zoom',
      steps: [
        'At marketplace.zoom.us open Develop › Build App and make a General App, managed by users.',
        'Enter the redirect address shown here, and under Scopes add those asked for here.',
        'Copy client id and client secret; development and production have keys of their own.',
      ],
      obtain: {
        authorize: 'https://zoom.us/oauth/authorize',
        token,
        // How long it keeps is said differently in different places.
        refresh: { rotates: 'always' },
        revoke: { url: 'https://zoom.us/oauth/revoke', client: 'basic', params: { token: '{accessToken}' } },
      },
      scopes: {
        ask: { 'user:read:user': 'See who you are' },
        offer: {
          'meeting:read:meeting': 'Read a meeting',
          'meeting:read:list_meetings': 'List your meetings',
          'meeting:write:meeting': 'Schedule meetings',
          'cloud_recording:read:list_user_recordings': 'List your recordings',
        },
      },
    }),
    client_credentials: clientCredentials({
      label: 'Server-to-Server OAuth',
      docs: 'https://developers.zoom.us/docs/internal-apps/s2s-oauth/',
      steps: [
        'At marketplace.zoom.us open Develop › Build App, make a Server-to-Server OAuth app and copy the three values.',
        'Under Scopes add what you need, at least to view a user, and activate the app.',
      ],
      settings: { accountId: { kind: 'text', label: 'Account id', pattern: '^[A-Za-z0-9_-]{10,40}$' } },
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Client secret' } },
      obtain: {
        token,
        grant: 'account_credentials',
        extra: { token: { account_id: '{accountId}' } },
        refresh: false,
      },
    }),
  },
  check: { get: '/users/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'display_name'] },
  // A missing scope is 400.
  answers: { restricted: [{ status: 403 }, { status: 400, path: 'code', is: 4711 }] },
  guarded: ['GET /users/*/token', 'PUT /users/*/password', 'PUT /users/*/email', 'POST /users', 'ANY /marketplace/**'],
  actions: {
    list_meetings: {
      does: 'read',
      title: 'List your meetings',
      input: {
        type: {
          is: 'text',
          about: 'Which ones',
          options: ['scheduled', 'upcoming', 'live', 'previous_meetings'],
          default: 'upcoming',
        },
      },
      get: '/users/me/meetings',
      query: { type: '{type}' },
      gives: 'meetings',
      scopes: ['meeting:read:list_meetings'],
    },
    create_meeting: {
      does: 'write',
      title: 'Schedule a meeting',
      input: {
        topic: { is: 'text', about: 'Topic' },
        start: { is: 'time', about: 'When it starts' },
        minutes: { is: 'integer', about: 'How long, in minutes', default: 60 },
        text: { is: 'text', about: 'Agenda', optional: true },
      },
      post: '/users/me/meetings',
      body: { topic: '{topic}', type: 2, start_time: '{start}', duration: '{minutes}', agenda: '{text}' },
      scopes: ['meeting:write:meeting'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.zoom.us/docs/rooms/oauth/',
      'https://developers.zoom.us/docs/rooms/s2s-oauth/',
      'https://raw.githubusercontent.com/anthropics/knowledge-work-plugins/main/partner-built/zoom-plugin/skills/oauth/concepts/token-lifecycle.md',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
