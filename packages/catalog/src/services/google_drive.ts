// Long: two ways to connect, eight scopes to explain and two actions.
import { defineService } from '../define.ts'
import { googleLimits, googleServiceAccount, googleSignIn } from '../families/google.ts'

const scopes = {
  ask: { 'https://www.googleapis.com/auth/drive.metadata.readonly': 'See names and folders of your files' },
  offer: {
    'https://www.googleapis.com/auth/drive.file': 'Read and change only files made or opened with this app',
    'https://www.googleapis.com/auth/drive.readonly': 'Read all your files',
    'https://www.googleapis.com/auth/drive': 'Read, change, share and delete all your files',
  },
} as const

export const google_drive = defineService({
  name: 'Google Drive',
  docs: 'https://developers.google.com/workspace/drive/api/guides/api-specific-auth',
  category: 'files',
  icon: { slug: 'googledrive' },
  baseUrl: 'https://www.googleapis.com',
  auth: {
    oauth: googleSignIn('Google Drive API', scopes),
    service_account: googleServiceAccount('Google Drive API', scopes),
  },
  // Without `fields` this is a 400. Every scope of Drive may call it.
  check: { get: '/drive/v3/about?fields=user', ok: { path: 'user.permissionId', exists: true } },
  identity: { id: 'user.permissionId', label: ['user.emailAddress', 'user.displayName'] },
  answers: { limited: googleLimits },
  guarded: [
    'POST /drive/*/files/*/permissions',
    'PUT /drive/*/files/*/permissions/**',
    'PATCH /drive/*/files/*/permissions/**',
    'POST /drive/*/files/*/watch',
    'POST /drive/*/changes/watch',
    'ANY /batch**',
  ],
  actions: {
    search_files: {
      does: 'read',
      title: 'Find files',
      input: {
        query: { is: 'text', about: 'In the search language of Drive', example: "name contains 'report'" },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/drive/v3/files',
      query: {
        q: '{query}',
        pageSize: '{limit}',
        fields: 'files(id,name,mimeType,modifiedTime,webViewLink)',
        supportsAllDrives: 'true',
        includeItemsFromAllDrives: 'true',
      },
      gives: 'files',
    },
    create_folder: {
      does: 'write',
      title: 'Create a folder',
      input: { name: { is: 'text', about: 'Name' } },
      post: '/drive/v3/files',
      body: { name: '{name}', mimeType: 'application/vnd.google-apps.folder' },
      scopes: ['https://www.googleapis.com/auth/drive.file', 'https://www.googleapis.com/auth/drive'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/googleapis/google-api-python-client/blob/047db3cade59df741db7ceb84e0b76cf7f1c391f/googleapiclient/discovery_cache/documents/drive.v3.json',
      'https://github.com/googleapis/google-api-python-client/issues/1742',
    ],
  },
})
