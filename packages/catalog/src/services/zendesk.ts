// Long: three ways to connect, seven scopes to explain and two actions.
import { defineService } from '../define.ts'
import { basic, clientCredentials, oauth2 } from '../kinds.ts'

const token = 'https://{subdomain}.zendesk.com/oauth/tokens'
// Without asking for a life the answer names none, and the grant dies in silence after a month.
const life = { expires_in: '172800' } as const

export const zendesk = defineService({
  name: 'Zendesk',
  docs: 'https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/',
  category: 'support',
  icon: { slug: 'zendesk' },
  settings: {
    subdomain: {
      kind: 'text',
      label: 'Subdomain',
      example: 'acme',
      suffix: '.zendesk.com',
      pattern: '^[a-z0-9][a-z0-9-]*$',
    },
  },
  baseUrl: 'https://{subdomain}.zendesk.com',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Zendesk',
      steps: [
        'In the Admin Center open Apps and integrations › APIs › OAuth clients and add a confidential client with the redirect address shown here.',
        'The client belongs to this subdomain unless Zendesk has made it a global one.',
      ],
      obtain: {
        authorize: 'https://{subdomain}.zendesk.com/oauth/authorizations/new',
        token,
        client: 'body',
        extra: { token: life, refresh: life },
        answer: { lifetime: 'unknown' },
        refresh: { rotates: 'always', lapses: { idleSeconds: 2_592_000 } },
        // Some have seen it answer 204 and end nothing; a token that may only read may not be able to.
        revoke: {
          url: 'https://{subdomain}.zendesk.com/api/v2/oauth/tokens/current.json',
          method: 'DELETE',
          body: 'empty',
          client: 'none',
          headers: { authorization: 'Bearer {accessToken}' },
        },
      },
      scopes: {
        ask: { read: 'Read tickets, people and articles' },
        offer: {
          write: 'Create and change them',
          'tickets:read': 'Read tickets only',
          'users:read': 'Read people only',
          'hc:read': 'Read the help centre only',
        },
      },
    }),
    client_credentials: clientCredentials({
      label: 'OAuth client',
      steps: ['Add a confidential client as above; it acts for the person who made it.'],
      fields: { clientId: { label: 'Unique identifier' }, clientSecret: { label: 'Secret' } },
      obtain: { token, client: 'body', extra: { token: life }, answer: { lifetime: 'unknown' }, refresh: false },
      scopes: { ask: { read: 'Read tickets, people and articles' }, offer: { write: 'Create and change them' } },
    }),
    api_token: basic({
      label: 'API token',
      steps: ['In the Admin Center open Apps and integrations › APIs › API tokens, while they still exist.'],
      retires: { closes: '2026-10-27', on: '2027-04-30', use: 'oauth' },
      settings: { email: { kind: 'text', label: 'Address of an agent', pattern: '^[^\\s@:]+@[^\\s@:]+$' } },
      fields: { token: { label: 'API token', pattern: '^[A-Za-z0-9]{40}$' } },
      user: '{email}/token',
      password: '{token}',
    }),
  },
  // A wrong credential may get 200 and an anonymous user, who has no id.
  check: { get: '/api/v2/users/me.json', ok: { path: 'user.id', not: null } },
  identity: { id: 'user.id', label: ['user.email', 'user.name'], at: '{subdomain}' },
  guarded: ['ANY /api/v2/oauth/**', 'ANY /api/v2/api_tokens/**', 'ANY /oauth/tokens'],
  actions: {
    create_ticket: {
      does: 'write',
      title: 'Open a ticket',
      input: {
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'First comment' },
        priority: { is: 'text', about: 'Priority', options: ['low', 'normal', 'high', 'urgent'], optional: true },
      },
      post: '/api/v2/tickets.json',
      body: { ticket: { subject: '{subject}', comment: { body: '{text}' }, priority: '{priority}' } },
      gives: 'ticket',
      scopes: ['write'],
    },
    search: {
      does: 'read',
      title: 'Search tickets and people',
      input: { query: { is: 'text', about: 'As in the search box', example: 'type:ticket status:open' } },
      get: '/api/v2/search.json',
      query: { query: '{query}' },
      gives: 'results',
      scopes: ['read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/',
      'https://developer.zendesk.com/documentation/api-basics/authentication/refresh-token',
      'https://developer.zendesk.com/documentation/api-basics/authentication/revoking-oauth-token',
      'https://support.zendesk.com/hc/en-us/articles/9182123625370-Announcing-support-for-OAuth-refresh-token-grant-type-and-OAuth-access-and-refresh-token-expirations',
      'https://support.zendesk.com/hc/en-us/community/posts/5537132288282-Revoke-Token-API-not-Working-Properly',
      'https://github.com/NangoHQ/nango/issues/6775',
    ],
  },
})
