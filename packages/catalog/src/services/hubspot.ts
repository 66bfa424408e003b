// Long: two ways to connect, seven scopes to explain and two actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const hubspot = defineService({
  name: 'HubSpot',
  docs: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth',
  category: 'crm',
  icon: { slug: 'hubspot' },
  baseUrl: 'https://api.hubapi.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with HubSpot',
      steps: [
        'In your HubSpot developer account make an app and add the redirect address shown here.',
        'Give the app exactly the scopes that are asked for here: HubSpot refuses to show its page when the two lists differ.',
      ],
      obtain: {
        authorize: 'https://app.hubspot.com/oauth/authorize',
        // The undated addresses under /oauth/v1 end in February 2027.
        token: 'https://api.hubapi.com/oauth/2026-03/token',
        client: 'body',
        refresh: { rotates: 'never' },
        revoke: {
          url: 'https://api.hubapi.com/oauth/2026-03/token/revoke',
          client: 'body',
          params: { token: '{liveToken}', token_type_hint: 'refresh_token' },
        },
      },
      scopes: {
        ask: { oauth: 'Know which account it is' },
        offer: {
          'crm.objects.contacts.read': 'Read contacts',
          'crm.objects.contacts.write': 'Create and change contacts',
          'crm.objects.companies.read': 'Read companies',
          'crm.objects.deals.read': 'Read deals',
          'crm.objects.owners.read': 'See who owns what',
          tickets: 'Read and change tickets',
        },
      },
    }),
    private_app: bearer({
      label: 'Private app token',
      steps: [
        'In HubSpot open Settings › Integrations › Private Apps and make an app with the scopes that you need.',
        'Open its Auth tab, choose Show token and copy it.',
      ],
      token: { label: 'Access token', pattern: '^pat-(na|eu|ap)[0-9]-[0-9a-f-]{36}$' },
    }),
  },
  check: { get: '/account-info/v3/details', ok: { path: 'portalId', exists: true } },
  identity: { id: 'portalId', label: 'portalId' },
  guarded: ['ANY /oauth/**', 'ANY /webhooks/**', 'ANY /settings/v3/users/**'],
  actions: {
    find_contacts: {
      does: 'read',
      title: 'Find contacts',
      input: {
        query: { is: 'text', about: 'Name, address or company' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      post: '/crm/v3/objects/contacts/search',
      body: { query: '{query}', limit: '{limit}' },
      gives: 'results',
      scopes: ['crm.objects.contacts.read'],
    },
    create_contact: {
      does: 'write',
      title: 'Add a contact',
      input: {
        email: { is: 'email', about: 'Address' },
        first: { is: 'text', about: 'First name', optional: true },
        last: { is: 'text', about: 'Last name', optional: true },
      },
      post: '/crm/v3/objects/contacts',
      body: { properties: { email: '{email}', firstname: '{first}', lastname: '{last}' } },
      scopes: ['crm.objects.contacts.write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.hubspot.com/docs/api-reference/2026-03/authentication/oauth-tokens/refresh-oauth-token',
      'https://developers.hubspot.com/docs/api-reference/legacy/authentication/oauth-tokens/v1/migration-guide',
      'https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide',
    ],
  },
})
