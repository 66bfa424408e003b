// Long: two ways to connect, six scopes to explain and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const calendly = defineService({
  name: 'Calendly',
  docs: 'https://developer.calendly.com/docs/authentication/creating-an-oauth-app',
  category: 'scheduling',
  icon: { slug: 'calendly' },
  baseUrl: 'https://api.calendly.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Calendly',
      steps: [
        'At developer.calendly.com make a developer account and an OAuth application of kind web, for production.',
        'Enter the redirect address shown here and tick the scopes asked for here: without any, nothing is allowed.',
        'Copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://auth.calendly.com/oauth/authorize',
        token: 'https://auth.calendly.com/oauth/token',
        refresh: { rotates: 'always' },
        revoke: { url: 'https://auth.calendly.com/oauth/revoke', client: 'body', params: { token: '{liveToken}' } },
      },
      scopes: {
        ask: { 'users:read': 'See who you are' },
        offer: {
          'event_types:read': 'Read your kinds of events',
          'event_types:write': 'Create and change kinds of events',
          'scheduled_events:read': 'Read what is booked',
          'availability:read': 'See when you are free',
          'organizations:read': 'See your organisation',
        },
      },
    }),
    token: bearer({
      label: 'Personal access token',
      docs: 'https://developer.calendly.com/docs/authentication/how-to-authenticate-with-personal-access-tokens',
      steps: [
        'In Calendly open Integrations › API & Webhooks, generate a token with the scopes you need and copy it: it is shown once.',
      ],
      token: { label: 'Token', pattern: '^eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$' },
    }),
  },
  check: { get: '/users/me', ok: { path: 'resource.uri', exists: true } },
  identity: { id: 'resource.uri', label: ['resource.email', 'resource.name'] },
  answers: { comeBack: { header: 'x-ratelimit-reset', as: 'seconds' } },
  guarded: ['POST /webhook_subscriptions', 'POST /organizations/*/invitations'],
  actions: {
    who_am_i: {
      does: 'read',
      title: 'See who you are, and the address that other calls want',
      input: {},
      get: '/users/me',
      gives: 'resource',
      scopes: ['users:read'],
    },
    list_event_types: {
      does: 'read',
      title: 'List your kinds of events',
      input: { user: { is: 'url', about: 'Your address in the API, as told by who_am_i' } },
      get: '/event_types',
      query: { user: '{user}' },
      gives: 'collection',
      scopes: ['event_types:read', 'event_types:write'],
    },
    list_events: {
      does: 'read',
      title: 'List what is booked',
      input: {
        user: { is: 'url', about: 'Your address in the API, as told by who_am_i' },
        from: { is: 'time', about: 'From when', optional: true },
        limit: { is: 'integer', about: 'How many at most, up to 100', default: 20 },
      },
      get: '/scheduled_events',
      query: { user: '{user}', min_start_time: '{from}', count: '{limit}', sort: 'start_time:asc' },
      gives: 'collection',
      scopes: ['scheduled_events:read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.calendly.com/how-to-access-calendly-data-on-behalf-of-authenticated-users',
      'https://developer.calendly.com/refresh-token-rotation-guide',
      'https://developer.calendly.com/docs/authentication/scopes',
      'https://developer.calendly.com/api-docs/overview/rate-limits',
      'https://developer.calendly.com/docs/authentication/how-to-authenticate-with-personal-access-tokens',
      'https://docs.unified.to/skills/calendly-oauth-app/SKILL.md',
    ],
  },
})
