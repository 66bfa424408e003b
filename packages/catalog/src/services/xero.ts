// Long: two ways to connect, 14 scopes to explain and two actions.
import { defineService } from '../define.ts'
import { clientCredentials, oauth2 } from '../kinds.ts'

const token = 'https://identity.xero.com/connect/token'
// Apps made since March 2026 are refused the older, broader scopes.
const offer = {
  'accounting.contacts.read': 'See contacts',
  'accounting.invoices.read': 'See invoices',
  'accounting.payments.read': 'See payments',
  'accounting.banktransactions.read': 'See bank transactions',
  'accounting.reports.profitandloss.read': 'See profit and loss',
} as const

export const xero = defineService({
  name: 'Xero',
  docs: 'https://developer.xero.com/documentation/guides/oauth2/auth-flow',
  category: 'accounting',
  icon: { slug: 'xero' },
  baseUrl: 'https://api.xero.com',
  // XML otherwise.
  headers: { accept: 'application/json' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with Xero',
      steps: [
        'At developer.xero.com make a web app and add the redirect address shown here.',
        'Under Configuration copy the client id and generate a client secret.',
      ],
      obtain: {
        authorize: 'https://login.xero.com/identity/connect/authorize',
        token,
        client: 'basic',
        refresh: { rotates: 'always', graceSeconds: 1800, lapses: { idleSeconds: 5_184_000 } },
        // The organisation stays in the list of connected apps until somebody removes it there.
        revoke: {
          url: 'https://identity.xero.com/connect/revocation',
          client: 'basic',
          params: { token: '{refreshToken}' },
        },
      },
      // One sign-in may reach several organisations: this event is the one that was just agreed to.
      learn: {
        tenant: {
          from: {
            get: 'https://api.xero.com/connections',
            list: '',
            label: 'tenantName',
            prefer: { authEventId: { claim: 'authentication_event_id' } },
          },
          at: 'tenantId',
          pattern: '^[0-9a-f-]{36}$',
        },
      },
      headers: { 'xero-tenant-id': '{tenant}' },
      scopes: {
        ask: {
          openid: 'Know that it is you',
          offline_access: 'Stay connected without asking again',
          'accounting.settings.read': 'See the name and settings of the organisation',
        },
        offer,
        unlisted: ['offline_access'],
      },
    }),
    // For one organisation, which is chosen and paid for at Xero: no tenant has to be named.
    client_credentials: clientCredentials({
      label: 'Custom connection',
      docs: 'https://developer.xero.com/documentation/guides/oauth2/custom-connections',
      steps: [
        'At developer.xero.com make a custom connection, choose its scopes, and have the organisation authorise it.',
        'Copy the client id and generate a client secret.',
      ],
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Client secret' } },
      obtain: { token, client: 'basic', refresh: false },
      scopes: { ask: { 'accounting.settings.read': 'See the name and settings of the organisation' }, offer },
    }),
  },
  check: { get: '/api.xro/2.0/Organisation', ok: { path: 'Organisations.0.OrganisationID', exists: true } },
  identity: { id: 'Organisations.0.OrganisationID', label: 'Organisations.0.Name' },
  answers: { restricted: [{ status: 403 }, { status: 401, contains: 'insufficient_scope' }] },
  actions: {
    list_invoices: {
      does: 'read',
      title: 'List invoices',
      input: {
        status: { is: 'text', about: 'Which ones', options: ['DRAFT', 'AUTHORISED', 'PAID'], default: 'AUTHORISED' },
      },
      get: '/api.xro/2.0/Invoices',
      query: { Statuses: '{status}', page: '1' },
      gives: 'Invoices',
      scopes: ['accounting.invoices.read'],
    },
    find_contacts: {
      does: 'read',
      title: 'Find contacts',
      input: { query: { is: 'text', about: 'Part of a name' } },
      get: '/api.xro/2.0/Contacts',
      query: { searchTerm: '{query}' },
      gives: 'Contacts',
      scopes: ['accounting.contacts.read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://community.xero.com/developer/discussion/127920775',
      'https://nango.dev/blog/xero-oauth-refresh-token-invalid-grant',
      'https://github.com/XeroAPI/xero-mcp-server/issues/142',
    ],
  },
})
