// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { basic } from '../kinds.ts'

export const twilio = defineService({
  name: 'Twilio',
  docs: 'https://www.twilio.com/docs/iam/api-keys',
  category: 'telephony',
  icon: { letters: 'Tw', colour: '#f22f46' },
  settings: {
    accountSid: { kind: 'text', label: 'Account SID', pattern: '^AC[0-9a-fA-F]{32}$', example: 'AC0123…' },
    region: {
      kind: 'choice',
      label: 'Region',
      hint: 'Keys and tokens are good in one region only.',
      default: 'us1',
      options: {
        us1: { label: 'United States', api: 'api.twilio.com' },
        ie1: { label: 'Ireland', api: 'api.dublin.ie1.twilio.com' },
        au1: { label: 'Australia', api: 'api.sydney.au1.twilio.com' },
        jp1: { label: 'Japan', api: 'api.tokyo.jp1.twilio.com' },
      },
    },
  },
  baseUrl: 'https://{region.api}',
  hosts: ['messaging.twilio.com', 'verify.twilio.com', 'lookups.twilio.com', 'conversations.twilio.com'],
  auth: {
    api_key: basic({
      label: 'API key',
      steps: [
        'In the Twilio Console open API keys and make a standard or restricted one; its secret is shown once.',
        'A restricted key needs permission to read messages, or it cannot be tested here.',
      ],
      settings: { keySid: { kind: 'text', label: 'SID of the key', pattern: '^SK[0-9a-fA-F]{32}$' } },
      fields: { secret: { label: 'Secret of the key', pattern: '^[A-Za-z0-9]{32}$' } },
      user: '{keySid}',
      password: '{secret}',
      // Only main keys may read the account itself.
      check: {
        get: '/2010-04-01/Accounts/{accountSid}/Messages.json?PageSize=1',
        ok: { path: 'messages', exists: true },
      },
      identity: { from: 'values', id: 'accountSid', label: 'accountSid' },
    }),
    auth_token: basic({
      label: 'Auth token',
      steps: ['Account SID and auth token are on the first page of the Twilio Console. The token may do everything.'],
      fields: { token: { label: 'Auth token', pattern: '^[0-9a-fA-F]{32}$' } },
      user: '{accountSid}',
      password: '{token}',
    }),
  },
  // A suspended account still answers, but is not active.
  check: { get: '/2010-04-01/Accounts/{accountSid}.json', ok: { path: 'status', is: 'active' } },
  identity: { id: 'sid', label: 'friendly_name' },
  // Accounts are shown with their auth tokens; a number's addresses decide who receives its messages.
  guarded: [
    'ANY /2010-04-01/Accounts.json',
    'ANY /2010-04-01/Accounts/*.json',
    'ANY /2010-04-01/Accounts/*/Keys.json',
    'ANY /2010-04-01/Accounts/*/Keys/**',
    'ANY /2010-04-01/Accounts/*/SigningKeys.json',
    'ANY /2010-04-01/Accounts/*/SigningKeys/**',
    'POST /2010-04-01/Accounts/*/Tokens.json',
    'POST /2010-04-01/Accounts/*/IncomingPhoneNumbers/**',
  ],
  actions: {
    send_sms: {
      does: 'write',
      title: 'Send a text message',
      input: {
        to: { is: 'text', about: 'Number of the receiver', example: '+15551234567' },
        from: { is: 'text', about: 'One of your numbers', example: '+15557654321' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/2010-04-01/Accounts/{accountSid}/Messages.json',
      form: { To: '{to}', From: '{from}', Body: '{text}' },
    },
    list_messages: {
      does: 'read',
      title: 'List messages',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/2010-04-01/Accounts/{accountSid}/Messages.json',
      query: { PageSize: '{limit}' },
      gives: 'messages',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://www.twilio.com/docs/iam/api-keys/keys-in-console',
      'https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region.md',
      'https://www.twilio.com/docs/twilio-cli/general-usage/regional.md',
      'https://twilio.com/docs/sms/api/message-resource',
      'https://hexdocs.pm/twilio_elixir/Twilio.Api.V2010.MessageService.html',
    ],
  },
})
