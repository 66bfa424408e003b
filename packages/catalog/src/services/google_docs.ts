// Long: two ways to connect, eight scopes to explain and three actions.
import { defineService } from '../define.ts'
import { googleEmail, googleLimits, googleServiceAccount, googleSignIn, googleUserInfo } from '../families/google.ts'

const scopes = {
  ask: { ...googleEmail, 'https://www.googleapis.com/auth/documents.readonly': 'Read your documents' },
  offer: {
    'https://www.googleapis.com/auth/documents': 'Create, change and delete documents',
    'https://www.googleapis.com/auth/drive.file': 'Read and change only documents made or opened with this app',
  },
} as const

export const google_docs = defineService({
  name: 'Google Docs',
  docs: 'https://developers.google.com/workspace/docs/api/auth',
  category: 'documents',
  icon: { slug: 'googledocs' },
  baseUrl: 'https://docs.googleapis.com',
  ownHosts: [googleUserInfo.host],
  auth: {
    oauth: googleSignIn('Google Docs API', scopes),
    service_account: googleServiceAccount('Google Docs API', scopes),
  },
  // Every call of this API names a document: there is none to try.
  check: googleUserInfo.check,
  identity: googleUserInfo.identity,
  answers: { limited: googleLimits },
  guarded: ['ANY /batch**'],
  actions: {
    get_document: {
      does: 'read',
      title: 'Read a document',
      input: { document: { is: 'text', about: 'Document id, from its address' } },
      get: '/v1/documents/{document}',
    },
    create_document: {
      does: 'write',
      title: 'Create an empty document',
      input: { title: { is: 'text', about: 'Title' } },
      post: '/v1/documents',
      body: { title: '{title}' },
      scopes: ['https://www.googleapis.com/auth/documents', 'https://www.googleapis.com/auth/drive.file'],
    },
    append_text: {
      does: 'write',
      title: 'Add text at the end',
      input: {
        document: { is: 'text', about: 'Document id, from its address' },
        text: { is: 'text', about: 'The text' },
      },
      post: '/v1/documents/{document}:batchUpdate',
      body: { requests: [{ insertText: { endOfSegmentLocation: {}, text: '{text}' } }] },
      scopes: ['https://www.googleapis.com/auth/documents', 'https://www.googleapis.com/auth/drive.file'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/googleapis/google-api-python-client/blob/066bba4b494b9a384374edf7c59cfcba0e2ff3bc/googleapiclient/discovery_cache/documents/docs.v1.json',
      'https://github.com/r-lib/gargle/blob/0bde691baad386dcd7139df4546f439031c0df45/R/token-info.R',
    ],
  },
})
