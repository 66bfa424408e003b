// Long: two ways to connect, 12 scopes to explain and three actions.
import { defineService } from '../define.ts'
import { googleLimits, googleServiceAccount, googleSignIn } from '../families/google.ts'

// gmail.metadata is not offered: a grant that holds it refuses searches and bodies even where gmail.readonly stands beside it.
const scopes = {
  ask: { 'https://www.googleapis.com/auth/gmail.readonly': 'Read all mail' },
  offer: {
    'https://www.googleapis.com/auth/gmail.send': 'Send mail as you',
    'https://www.googleapis.com/auth/gmail.compose': 'Write drafts and send mail as you',
    'https://www.googleapis.com/auth/gmail.modify': 'Read, send, label and bin mail',
    'https://www.googleapis.com/auth/gmail.labels': 'Manage labels',
    'https://mail.google.com/': 'Everything, deleting for good and mail programs included',
  },
} as const

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
  answers: { limited: googleLimits },
  // Delegates, forwarding, filters, addresses to send as, mail programs.
  guarded: [
    'POST /gmail/v1/users/*/settings/**',
    'PUT /gmail/v1/users/*/settings/**',
    'PATCH /gmail/v1/users/*/settings/**',
    'ANY /batch**',
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
        'https://www.googleapis.com/auth/gmail.compose',
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
      scopes: [
        'https://www.googleapis.com/auth/gmail.readonly',
        'https://www.googleapis.com/auth/gmail.modify',
        'https://mail.google.com/',
      ],
    },
    read_message: {
      does: 'read',
      title: 'Read a message',
      input: { message: { is: 'text', about: 'Id of the message' } },
      get: '/gmail/v1/users/me/messages/{message}',
      query: { format: 'full' },
      scopes: [
        'https://www.googleapis.com/auth/gmail.readonly',
        'https://www.googleapis.com/auth/gmail.modify',
        'https://mail.google.com/',
      ],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/googleapis/google-api-python-client/blob/00fb49d82909e24ec394c9d5aaee4a88fb0b2246/googleapiclient/discovery_cache/documents/gmail.v1.json',
      'https://github.com/googleapis/google-api-python-client/issues/582',
      'https://github.com/googleworkspace/cli/pull/200',
      'https://developers.google.com/identity/protocols',
    ],
  },
})
