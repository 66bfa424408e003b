// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const pipedrive = defineService({
  name: 'Pipedrive',
  docs: 'https://pipedrive.readme.io/docs/marketplace-oauth-authorization',
  category: 'crm',
  icon: { letters: 'Pd', colour: '#017737' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with Pipedrive',
      steps: [
        'In the Developer Hub of Pipedrive make an app and enter the redirect address shown here; an app has only one.',
        'Choose its scopes there, at least base, and copy client id and secret.',
      ],
      obtain: {
        authorize: 'https://oauth.pipedrive.com/oauth/authorize',
        token: 'https://oauth.pipedrive.com/oauth/token',
        client: 'basic',
        pkce: 'refused',
        // The scopes belong to the app; an empty parameter breaks the page on which one agrees.
        names: { scope: null },
        answer: { separator: ',' },
        refresh: { rotates: 'never', lapses: { idleSeconds: 5_184_000 } },
        revoke: {
          url: 'https://oauth.pipedrive.com/oauth/revoke',
          client: 'basic',
          params: { token: '{liveToken}', token_type_hint: 'refresh_token' },
        },
      },
      // Each company has a host of its own.
      learn: {
        host: { from: 'token', at: 'api_domain', take: 'host', pattern: '^[a-z0-9-]+\\.pipedrive\\.com$' },
      },
      baseUrl: 'https://{host}/api',
    }),
    api_token: apiKey('x-api-token', {
      label: 'API token',
      steps: ['In Pipedrive click your picture, then Personal preferences › API, and copy your token.'],
      settings: {
        company: {
          kind: 'text',
          label: 'Company',
          example: 'acme',
          suffix: '.pipedrive.com',
          pattern: '^[a-z0-9][a-z0-9-]*$',
        },
      },
      key: { label: 'API token', pattern: '^[0-9a-f]{40}$' },
      baseUrl: 'https://{company}.pipedrive.com/api',
    }),
  },
  check: { get: '/v1/users/me', ok: { path: 'success', is: true } },
  identity: { id: ['data.company_id', 'data.id'], label: ['data.email', 'data.name'], team: 'data.company_domain' },
  guarded: ['POST /*/webhooks', 'POST /v1/users'],
  actions: {
    list_deals: {
      does: 'read',
      title: 'List deals',
      input: {
        status: { is: 'text', about: 'Which ones', options: ['open', 'won', 'lost'], default: 'open' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/v2/deals',
      query: { status: '{status}', limit: '{limit}' },
      gives: 'data',
    },
    create_person: {
      does: 'write',
      title: 'Add a person',
      input: { name: { is: 'text', about: 'Name' }, email: { is: 'email', about: 'Address' } },
      post: '/v2/persons',
      body: { name: '{name}', emails: [{ value: '{email}', primary: true }] },
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://pipedrive.readme.io/docs/marketplace-oauth-authorization',
      'https://developers.pipedrive.com/docs/api/v1/Oauth',
      'https://docs.unified.to/skills/pipedrive-oauth-app/SKILL.md',
      'https://docs.sim.ai/integrations/pipedrive-service-account',
    ],
  },
})
