// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { basic } from '../kinds.ts'

export const mailgun = defineService({
  name: 'Mailgun',
  docs: 'https://documentation.mailgun.com/docs/mailgun/api-reference/authentication/',
  category: 'email_delivery',
  icon: { slug: 'mailgun' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      hint: 'Where the domain was made. The right key in the wrong region is refused.',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'api.mailgun.net' },
        eu: { label: 'Europe', api: 'api.eu.mailgun.net' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  auth: {
    api_key: basic({
      label: 'API key',
      steps: [
        'In Mailgun click your name, then API Security, and add a key for the account.',
        'A sending key of one domain cannot be tested here.',
      ],
      fields: { key: { label: 'API key', pattern: '^(key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})$' } },
      user: 'api',
      password: '{key}',
    }),
  },
  check: { get: '/v4/domains?limit=1', ok: { path: 'items', exists: true } },
  identity: { none: 'the key does not say whose it is' },
  guarded: [
    'ANY /v1/keys/**',
    'ANY /v3/routes/**',
    'ANY /v3/domains/*/webhooks/**',
    'ANY /v3/domains/*/credentials/**',
    'ANY /v5/accounts/**',
    'ANY /v5/users/**',
  ],
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        domain: { is: 'text', about: 'Domain to send from', example: 'mg.example.com' },
        to: { is: 'email', about: 'Who receives it' },
        from: { is: 'text', about: 'Sender', example: 'Ada <ada@mg.example.com>' },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/v3/{domain}/messages',
      form: { to: '{to}', from: '{from}', subject: '{subject}', text: '{text}' },
    },
    list_domains: { does: 'read', title: 'List domains', input: {}, get: '/v4/domains', gives: 'items' },
  },
  verified: { on: '2026-11-20', by: ['https://github.com/trufflesecurity/trufflehog'] },
})
