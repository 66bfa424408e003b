import { defineService } from '../define.ts'
import { clientCredentials } from '../kinds.ts'

export const paypal = defineService({
  name: 'PayPal',
  docs: 'https://developer.paypal.com/api/rest/authentication/',
  category: 'payments',
  icon: { slug: 'paypal' },
  settings: {
    environment: {
      kind: 'choice',
      label: 'Environment',
      hint: 'Credentials of the sandbox are refused by the live service.',
      default: 'live',
      options: {
        live: { label: 'Live', api: 'api-m.paypal.com' },
        sandbox: { label: 'Sandbox', api: 'api-m.sandbox.paypal.com' },
      },
    },
  },
  baseUrl: 'https://{environment.api}',
  auth: {
    client_credentials: clientCredentials({
      label: 'REST app',
      steps: [
        'At developer.paypal.com open Apps & Credentials, choose live or sandbox, and create an app.',
        'Copy client id and secret. What the app may do is ticked on the same page.',
      ],
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Secret' } },
      obtain: { token: 'https://{environment.api}/v1/oauth2/token', client: 'basic', refresh: false },
    }),
  },
  // Not every app may ask this, but only a genuine token gets as far as being told so.
  check: {
    get: '/v1/notifications/webhooks-event-types',
    ok: { path: 'event_types', exists: true },
    alsoOk: [{ status: 403 }],
  },
  identity: { from: 'token', id: 'app_id', label: 'app_id', at: '{environment}' },
  guarded: ['ANY /v1/oauth2/**', 'ANY /v1/notifications/webhooks/**', 'POST /v1/identity/generate-token'],
  actions: {
    list_transactions: {
      does: 'read',
      title: 'List transactions',
      input: {
        from: { is: 'time', about: 'Start' },
        to: { is: 'time', about: 'End, at most 31 days later' },
      },
      get: '/v1/reporting/transactions',
      query: { start_date: '{from}', end_date: '{to}' },
      gives: 'transaction_details',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/amp-labs/connectors', 'https://github.com/SocialiteProviders/Providers'],
  },
})
