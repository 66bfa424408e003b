// Long: two environments, and refresh tokens with a clock of their own.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const quickbooks = defineService({
  name: 'QuickBooks Online',
  docs: 'https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0',
  category: 'accounting',
  icon: { slug: 'quickbooks' },
  settings: {
    environment: {
      kind: 'choice',
      label: 'Environment',
      default: 'production',
      options: {
        production: { label: 'Production', api: 'quickbooks.api.intuit.com' },
        sandbox: { label: 'Sandbox company', api: 'sandbox-quickbooks.api.intuit.com' },
      },
    },
  },
  baseUrl: 'https://{environment.api}/v3/company/{realmId}',
  // XML otherwise.
  headers: { accept: 'application/json' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with Intuit',
      steps: [
        'At developer.intuit.com make an app for QuickBooks Online and Payments.',
        'Under Keys & credentials add the redirect address shown here; development and production have keys of their own.',
      ],
      obtain: {
        authorize: 'https://appcenter.intuit.com/connect/oauth2',
        token: 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer',
        client: 'basic',
        pkce: 'refused',
        answer: { lifetime: 3600, at: { refreshExpiresIn: 'x_refresh_token_expires_in' } },
        // The value changes about daily, and the one before dies a day later. After five years it is over.
        refresh: {
          rotates: 'sometimes',
          graceSeconds: 86_400,
          lapses: { idleSeconds: 8_640_000, afterSeconds: 157_680_000 },
        },
        revoke: {
          url: 'https://developer.api.intuit.com/v2/oauth2/tokens/revoke',
          body: 'json',
          client: 'basic',
          params: { token: '{liveToken}' },
        },
      },
      // The company is named on the way back and nowhere else.
      learn: { realmId: { from: 'callback', at: 'realmId', pattern: '^[0-9]{1,20}$' } },
      scopes: {
        ask: { 'com.intuit.quickbooks.accounting': 'Read and write the books of this company' },
        offer: {
          'com.intuit.quickbooks.payment': 'Take payments',
          openid: 'Know that it is you',
          email: 'See your address',
        },
      },
    }),
  },
  check: { get: '/companyinfo/{realmId}', ok: { path: 'CompanyInfo.CompanyName', exists: true } },
  identity: { id: 'CompanyInfo.Id', label: 'CompanyInfo.CompanyName', at: '{realmId}' },
  actions: {
    query: {
      does: 'read',
      title: 'Query the books',
      input: { query: { is: 'text', about: 'A query', example: "select * from Invoice where Balance > '0'" } },
      get: '/query',
      query: { query: '{query}' },
      gives: 'QueryResponse',
    },
    create_customer: {
      does: 'write',
      title: 'Add a customer',
      input: { name: { is: 'text', about: 'Name shown' }, email: { is: 'email', about: 'Address' } },
      post: '/customer',
      body: { DisplayName: '{name}', PrimaryEmailAddr: { Address: '{email}' } },
      gives: 'Customer',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/faq',
      'https://github.com/intuit/QuickBooks-V3-Java-SDK/releases/tag/v6.5.4',
      'https://app.unpkg.com/quickbooks-api@0.11.1/files/dist/types/enums/endpoints.js',
      'https://www.skills.sh/vm0-ai/vm0-skills/quickbooks',
      'https://github.com/intuit/QuickBooks-V3-PHP-SDK/issues/324',
    ],
  },
})
