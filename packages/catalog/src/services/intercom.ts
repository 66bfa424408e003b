// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const intercom = defineService({
  name: 'Intercom',
  docs: 'https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/setting-up-oauth',
  category: 'support',
  icon: { slug: 'intercom' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      hint: 'As in the address of your browser: app.intercom.com, app.eu.intercom.com or app.au.intercom.com.',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'api.intercom.io', app: 'app.intercom.com' },
        eu: { label: 'Europe', api: 'api.eu.intercom.io', app: 'app.eu.intercom.com' },
        au: { label: 'Australia', api: 'api.au.intercom.io', app: 'app.au.intercom.com' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  headers: { accept: 'application/json', 'intercom-version': '2.11' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with Intercom',
      steps: [
        'In the Developer Hub make an app, open Authentication, tick Use OAuth and add the redirect address shown here.',
        'Choose its permissions there, and copy client id and secret from Basic Information.',
      ],
      obtain: {
        authorize: 'https://{region.app}/oauth',
        token: 'https://{region.api}/auth/eagle/token',
        client: 'body',
        pkce: 'refused',
        // Permissions belong to the app.
        names: { scope: null },
        answer: { lifetime: 'never' },
        refresh: false,
        revoke: {
          url: 'https://{region.api}/auth/uninstall',
          body: 'empty',
          client: 'none',
          headers: { authorization: 'Bearer {accessToken}', accept: 'application/json' },
          ends: 'installation',
        },
      },
    }),
    token: bearer({
      label: 'Access token',
      steps: ['In the Developer Hub open your app, then Authentication, and copy the access token.'],
      token: { label: 'Access token', pattern: '^[A-Za-z0-9+/]{59}=$' },
    }),
  },
  check: { get: '/me', ok: { path: 'app.id_code', exists: true } },
  identity: { id: ['app.id_code', 'id'], label: ['email', 'app.name'], team: 'app.name' },
  answers: { comeBack: { header: 'x-ratelimit-reset', as: 'epoch_seconds' } },
  guarded: ['ANY /auth/**'],
  actions: {
    list_conversations: {
      does: 'read',
      title: 'List conversations',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/conversations',
      query: { per_page: '{limit}' },
      gives: 'conversations',
    },
    find_contact: {
      does: 'read',
      title: 'Find a contact by address',
      input: { email: { is: 'email', about: 'Address of the contact' } },
      post: '/contacts/search',
      body: { query: { field: 'email', operator: '=', value: '{email}' } },
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.intercom.com/building-apps/docs/rest-apis',
      'https://nango.dev/docs/api-integrations/intercom/how-to-register-your-own-intercom-api-oauth-app',
      'https://docs.unified.to/skills/intercom-oauth-app/SKILL.md',
    ],
  },
})
