import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const brevo = defineService({
  name: 'Brevo',
  docs: 'https://developers.brevo.com/docs/getting-started',
  category: 'email_delivery',
  icon: { slug: 'brevo' },
  baseUrl: 'https://api.brevo.com/v3',
  auth: {
    // Keys that begin with xsmtpsib are passwords for SMTP, and no use here.
    api_key: apiKey('api-key', {
      label: 'API key',
      steps: [
        'In Brevo open Settings › SMTP & API › API Keys and generate a key.',
        'If Security › Authorised IPs is on, add the address of this server there.',
      ],
      key: { label: 'API key', pattern: '^xkeysib-[A-Za-z0-9_-]{60,120}$' },
    }),
  },
  check: { get: '/account', ok: { path: 'email', exists: true } },
  identity: { id: 'email', label: ['companyName', 'email'] },
  // A good key from an address that is not on the list.
  answers: { restricted: [{ status: 403 }, { status: 401, contains: 'unrecognised IP address' }] },
  guarded: ['ANY /webhooks/**', 'ANY /corporate/**', 'ANY /organization/**'],
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        to: { is: 'email', about: 'Who receives it' },
        from: { is: 'email', about: 'A sender that you have verified' },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/smtp/email',
      body: { sender: { email: '{from}' }, to: [{ email: '{to}' }], subject: '{subject}', textContent: '{text}' },
    },
    list_contacts: {
      does: 'read',
      title: 'List contacts',
      input: { limit: { is: 'integer', about: 'How many at most', default: 50 } },
      get: '/contacts',
      query: { limit: '{limit}' },
      gives: 'contacts',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/NangoHQ/nango', 'https://github.com/trufflesecurity/trufflehog'],
  },
})
