import { defineService } from '../define.ts'
import { googleServiceAccount, googleSignIn } from '../families/google.ts'

const scopes = {
  ask: {
    'https://www.googleapis.com/auth/gmail.metadata': 'See senders, subjects and labels, but not what messages say',
  },
  offer: {
    'https://www.googleapis.com/auth/gmail.readonly': 'Read all mail',
    'https://www.googleapis.com/auth/gmail.send': 'Send mail as you',
    'https://www.googleapis.com/auth/gmail.modify': 'Read, send, label and bin mail',
    'https://www.googleapis.com/auth/gmail.labels': 'Manage labels',
    'https://mail.google.com/': 'Everything, deleting for good and mail programs included',
  },
} as const
const reading = [
  'https://www.googleapis.com/auth/gmail.readonly',
  'https://www.googleapis.com/auth/gmail.modify',
  'https://mail.google.com/',
] as const

export const gmail = defineService({
  name: 'Gmail',
  docs: 'https://developers.google.com/workspace/gmail/api/auth/scopes',
  category: 'email',
  icon: { slug: 'gmail' },
  baseUrl: 'https://gmail.googleapis.com',
  auth: { oauth: googleSignIn('Gmail API', scopes), service_account: googleServiceAccount('Gmail API', scopes) },
  // The profile: an address and two counters, no message.
  check: { get: '/gmail/v1/users/me/profile', ok: { path: 'emailAddress', exists: true } },
  identity: { id: 'emailAddress', label: 'emailAddress' },
  answers: {
    // A spent quota is 403 here, and says nothing about the credential.
    limited: [{ status: 429 }, { status: 403, contains: 'ateLimitExceeded' }],
  },
  guarded: [
    'POST /gmail/v1/users/*/settings/delegates',
    'POST /gmail/v1/users/*/settings/forwardingAddresses',
    'PUT /gmail/v1/users/*/settings/autoForwarding',
  ],
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        to: { is: 'email', about: 'Who receives it', many: true },
        cc: { is: 'email', about: 'Who receives a copy', many: true, optional: true },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
      },
      make: { raw: { by: 'email_base64url', from: { to: '{to}', cc: '{cc}', subject: '{subject}', text: '{text}' } } },
      post: '/gmail/v1/users/me/messages/send',
      body: { raw: '{raw}' },
      scopes: [
        'https://www.googleapis.com/auth/gmail.send',
        'https://www.googleapis.com/auth/gmail.modify',
        'https://mail.google.com/',
      ],
    },
    search_messages: {
      does: 'read',
      title: 'Find messages',
      input: {
        query: { is: 'text', about: 'As in the search box', example: 'from:ada newer_than:7d' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/gmail/v1/users/me/messages',
      query: { q: '{query}', maxResults: '{limit}' },
      gives: 'messages',
      scopes: reading,
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.google.com/workspace/gmail/api/reference/rest',
      'https://developers.google.com/identity/protocols/oauth2',
    ],
  },
})
