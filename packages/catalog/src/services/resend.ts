import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const resend = defineService({
  name: 'Resend',
  docs: 'https://resend.com/docs/api-reference/introduction',
  category: 'email_delivery',
  icon: { slug: 'resend' },
  baseUrl: 'https://api.resend.com',
  headers: { 'user-agent': 'cardea' },
  auth: {
    api_key: bearer({
      label: 'API key',
      steps: ['At resend.com open API Keys and create one; for sending alone choose Sending access.'],
      token: { label: 'API key', pattern: '^re_[A-Za-z0-9_]{20,100}$' },
    }),
  },
  // A key that may only send is told so, which a key that does not exist is not.
  check: {
    get: '/domains',
    ok: { path: 'data', exists: true },
    alsoOk: [{ status: 401, path: 'name', is: 'restricted_api_key' }],
  },
  identity: { none: 'the key does not say whose it is' },
  answers: { restricted: [{ status: 403 }, { status: 401, path: 'name', is: 'restricted_api_key' }] },
  guarded: ['ANY /api-keys/**', 'ANY /webhooks/**'],
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        to: { is: 'email', about: 'Who receives it', many: true },
        from: { is: 'text', about: 'Sender at a domain of yours', example: 'Ada <ada@example.com>' },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/emails',
      body: { to: '{to}', from: '{from}', subject: '{subject}', text: '{text}' },
    },
    list_domains: { does: 'read', title: 'List domains', input: {}, get: '/domains', gives: 'data' },
  },
  verified: { on: '2026-11-20', by: ['https://github.com/NangoHQ/nango', 'https://github.com/onecli/onecli'] },
})
