// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

const pattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

export const postmark = defineService({
  name: 'Postmark',
  docs: 'https://postmarkapp.com/developer/api/overview',
  category: 'email_delivery',
  icon: { letters: 'Pm', colour: '#ffde00' },
  baseUrl: 'https://api.postmarkapp.com',
  // Errors come as HTML otherwise.
  headers: { accept: 'application/json' },
  auth: {
    server_token: apiKey('x-postmark-server-token', {
      label: 'Server token',
      steps: ['In Postmark open the server that you mean, then API Tokens, and copy a token.'],
      key: { label: 'Server API token', pattern },
    }),
    account_token: apiKey('x-postmark-account-token', {
      label: 'Account token',
      steps: [
        'In Postmark open Account › API Tokens and copy a token. It manages servers and domains, and sends nothing.',
      ],
      key: { label: 'Account API token', pattern },
      check: { get: '/servers?count=1&offset=0', ok: { path: 'TotalCount', exists: true } },
      identity: { none: 'the token does not say whose it is' },
    }),
  },
  check: { get: '/server', ok: { path: 'ID', exists: true } },
  identity: { id: 'ID', label: 'Name' },
  answers: { rejected: [{ status: 401 }, { path: 'ErrorCode', is: 10 }] },
  // Servers are shown with their tokens.
  guarded: ['ANY /server', 'ANY /servers/**', 'ANY /webhooks/**', 'ANY /triggers/**'],
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        to: { is: 'email', about: 'Who receives it' },
        from: { is: 'email', about: 'A sender that you have confirmed' },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/email',
      body: { To: '{to}', From: '{from}', Subject: '{subject}', TextBody: '{text}' },
      methods: ['server_token'],
    },
    list_messages: {
      does: 'read',
      title: 'List sent messages',
      input: { limit: { is: 'integer', about: 'How many at most', default: 50 } },
      get: '/messages/outbound',
      query: { count: '{limit}', offset: '0' },
      gives: 'Messages',
      methods: ['server_token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://postmarkapp.com/developer/user-guide/managing-your-account/managing-servers',
      'https://raw.githubusercontent.com/api-evangelist/postmark/refs/heads/main/authentication/postmark-authentication.yml',
      'https://glama.ai/mcp/connectors/io.github.pipeworx-io/postmark/tools/server',
    ],
  },
})
