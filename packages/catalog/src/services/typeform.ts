// Long: two ways to connect, six scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const typeform = defineService({
  name: 'Typeform',
  docs: 'https://www.typeform.com/developers/get-started/applications/',
  category: 'forms',
  icon: { slug: 'typeform' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Data centre',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'api.typeform.com', auth: 'api.typeform.com' },
        eu_data: { label: 'Data in Europe', api: 'api.eu.typeform.com', auth: 'api.typeform.com' },
        // The newer one has an authorisation server, and clients, of its own.
        eu: { label: 'Europe', api: 'api.typeform.eu', auth: 'api.typeform.eu' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Typeform',
      steps: [
        'Beside the name of your organisation open Developer Apps and register an app with the redirect address shown here.',
        'Copy client id and client secret: the secret is shown once.',
      ],
      obtain: {
        authorize: 'https://{region.auth}/oauth/authorize',
        token: 'https://{region.auth}/oauth/token',
        client: 'body',
        pkce: 'refused',
        refresh: { rotates: 'always' },
        revoke: { none: 'Remove the app in the settings of Typeform.' },
      },
      scopes: {
        ask: { 'accounts:read': 'See who you are', offline: 'Stay connected without asking again' },
        offer: {
          'forms:read': 'Read forms',
          'forms:write': 'Create and change forms',
          'responses:read': 'Read answers',
          'workspaces:read': 'List workspaces',
        },
        unlisted: ['offline'],
      },
    }),
    token: bearer({
      label: 'Personal token',
      docs: 'https://www.typeform.com/developers/get-started/personal-access-token/',
      steps: ['In Typeform open Your settings › Personal tokens, generate one with the scopes you need and copy it.'],
      token: { label: 'Token', pattern: '^tfp_[A-Za-z0-9_]{40,}$', example: 'tfp_…' },
    }),
  },
  check: { get: '/me', ok: { path: 'user_id', exists: true } },
  identity: { id: 'user_id', label: ['email', 'alias'] },
  guarded: ['PUT /forms/*/webhooks/*'],
  actions: {
    list_forms: {
      does: 'read',
      title: 'List forms',
      input: { search: { is: 'text', about: 'Words in the title', optional: true } },
      get: '/forms',
      query: { search: '{search}' },
      gives: 'items',
      scopes: ['forms:read'],
    },
    list_responses: {
      does: 'read',
      title: 'Read the answers to a form',
      input: {
        form: { is: 'text', about: 'Id of the form' },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      get: '/forms/{form}/responses',
      query: { page_size: '{limit}' },
      gives: 'items',
      scopes: ['responses:read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://nango.dev/docs/api-integrations/typeform/how-to-register-your-own-typeform-api-oauth-app',
      'https://github.com/Typeform/js-api-client/issues/53',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
