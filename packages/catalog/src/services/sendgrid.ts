// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const sendgrid = defineService({
  name: 'SendGrid',
  docs: 'https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys',
  category: 'email_delivery',
  icon: { letters: 'SG', colour: '#1a82e2' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region',
      hint: 'Europe is for subusers that were made there.',
      default: 'global',
      options: {
        global: { label: 'Global', api: 'api.sendgrid.com' },
        eu: { label: 'Europe', api: 'api.eu.sendgrid.com' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['In SendGrid open Settings › API Keys, create a restricted key, and copy it: it is shown once.'],
      token: { label: 'API key', pattern: '^SG\\.[A-Za-z0-9_-]{20,24}\\.[A-Za-z0-9_-]{39,50}$' },
    }),
  },
  // Every key may ask what it is allowed to do.
  check: { get: '/v3/scopes', ok: { path: 'scopes', exists: true } },
  identity: { none: 'most keys are not allowed to ask whose they are' },
  guarded: [
    'ANY /v3/api_keys/**',
    'ANY /v3/subusers/**',
    'ANY /v3/teammates/**',
    'ANY /v3/sso/**',
    'ANY /v3/user/webhooks/**',
    'PUT /v3/user/password',
  ],
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
      post: '/v3/mail/send',
      body: {
        personalizations: [{ to: [{ email: '{to}' }] }],
        from: { email: '{from}' },
        subject: '{subject}',
        content: [{ type: 'text/plain', value: '{text}' }],
      },
    },
    list_bounces: { does: 'read', title: 'List bounces', input: {}, get: '/v3/suppression/bounces' },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/mongodb/kingfisher', 'https://github.com/trufflesecurity/trufflehog'],
  },
})
