// Long: two ways to connect, seven scopes to explain and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const cal_com = defineService({
  name: 'Cal.com',
  docs: 'https://cal.com/docs/api-reference/v2/oauth',
  category: 'scheduling',
  icon: { slug: 'caldotcom' },
  baseUrl: 'https://api.cal.com/v2',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Cal.com',
      steps: [
        'At app.cal.com/settings/developer/oauth make a client with the redirect address shown here and the scopes asked for here.',
        'Copy client id and client secret. Cal.com looks at each new client before it works.',
      ],
      obtain: {
        authorize: 'https://app.cal.com/auth/oauth2/authorize',
        token: 'https://api.cal.com/v2/auth/oauth2/token',
        client: 'body',
        refresh: { rotates: 'sometimes' },
        revoke: { none: 'Remove the app in the settings of Cal.com.' },
      },
      scopes: {
        ask: { PROFILE_READ: 'See who you are' },
        offer: {
          EVENT_TYPE_READ: 'Read your kinds of events',
          EVENT_TYPE_WRITE: 'Create and change kinds of events',
          BOOKING_READ: 'Read bookings',
          BOOKING_WRITE: 'Make, move and cancel bookings',
          SCHEDULE_READ: 'See when you are free',
          SCHEDULE_WRITE: 'Change when you are free',
        },
      },
    }),
    api_key: bearer({
      label: 'API key',
      steps: ['At app.cal.com open Settings › Developer › API keys, add one and copy it: it is shown once.'],
      token: { label: 'API key', pattern: '^cal_[A-Za-z0-9_]+$', example: 'cal_live_…' },
    }),
  },
  check: { get: '/me', ok: { path: 'data.id', exists: true } },
  identity: { id: 'data.id', label: ['data.email', 'data.username'] },
  guarded: ['ANY /api-keys/**', 'ANY /oauth-clients/**', 'ANY /oauth/**', 'ANY /auth/**', 'ANY /webhooks/**'],
  // Each endpoint has a version of its own; an older one answers when none is named.
  actions: {
    list_event_types: {
      does: 'read',
      title: 'List your kinds of events',
      input: {},
      get: '/event-types',
      headers: { 'cal-api-version': '2024-06-14' },
      gives: 'data',
      scopes: ['EVENT_TYPE_READ'],
    },
    list_bookings: {
      does: 'read',
      title: 'List bookings',
      input: {
        status: {
          is: 'text',
          about: 'Which ones',
          options: ['upcoming', 'recurring', 'past', 'cancelled', 'unconfirmed'],
          default: 'upcoming',
        },
      },
      get: '/bookings',
      headers: { 'cal-api-version': '2024-08-13' },
      query: { status: '{status}' },
      gives: 'data',
      scopes: ['BOOKING_READ'],
    },
    create_booking: {
      does: 'write',
      title: 'Make a booking',
      input: {
        kind: { is: 'integer', about: 'Id of the kind of event, as listed' },
        start: { is: 'time', about: 'When it starts' },
        name: { is: 'text', about: 'Name of the guest' },
        email: { is: 'email', about: 'Address of the guest' },
        zone: { is: 'text', about: 'Time zone of the guest', default: 'UTC', example: 'Europe/London' },
      },
      post: '/bookings',
      headers: { 'cal-api-version': '2024-08-13' },
      body: {
        eventTypeId: '{kind}',
        start: '{start}',
        attendee: { name: '{name}', email: '{email}', timeZone: '{zone}' },
      },
      gives: 'data',
      scopes: ['BOOKING_WRITE'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://cal.com/docs/api-reference/v2/oauth.md',
      'https://cal.com/docs/api-reference/v2/oauth2/exchange-authorization-code-or-refresh-token-for-tokens.md',
      'https://cal.com/help/apps-and-integrations/oauth.md',
      'https://github.com/terrylica/cal.com',
      'https://github.com/simstudioai/sim',
    ],
  },
})
