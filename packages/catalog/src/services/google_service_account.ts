import { defineService } from '../define.ts'
import { googleEmail, googleLimits, googleServiceAccount, googleUserInfo } from '../families/google.ts'

export const google_service_account = defineService({
  name: 'Google Cloud service account',
  docs: 'https://developers.google.com/identity/protocols/oauth2/service-account',
  category: 'cloud',
  icon: { slug: 'googlecloud' },
  baseUrl: 'https://www.googleapis.com',
  hosts: ['*.googleapis.com'],
  ownHosts: [googleUserInfo.host],
  auth: {
    service_account: googleServiceAccount('API you mean to call', {
      ask: googleEmail,
      offer: {
        'https://www.googleapis.com/auth/cloud-platform.read-only': 'Read what its roles in Google Cloud allow',
        'https://www.googleapis.com/auth/cloud-platform': 'Do all that its roles in Google Cloud allow',
        'https://www.googleapis.com/auth/drive.readonly': 'Read files in Drive that are shared with it',
        'https://www.googleapis.com/auth/spreadsheets': 'Read and change spreadsheets that are shared with it',
        'https://www.googleapis.com/auth/calendar.readonly': 'Read calendars that are shared with it',
      },
    }),
  },
  check: googleUserInfo.check,
  identity: googleUserInfo.identity,
  answers: { limited: googleLimits },
  // On other hosts: keys and tokens of service accounts, roles, API keys and stored secrets.
  guarded: [
    'POST /v1/projects/*/serviceAccounts/*/keys/**',
    'POST /v1/projects/*/serviceAccounts/*:*',
    'POST /*/projects/*:setIamPolicy',
    'POST /*/projects/*/serviceAccounts/*:setIamPolicy',
    'GET /v1/projects/*/secrets/*/versions/*:access',
    'ANY /v2/projects/*/locations/*/keys/**',
    'POST /*/token',
    'ANY /batch**',
  ],
  actions: {
    list_files: {
      does: 'read',
      title: 'List files shared with the account',
      input: { limit: { is: 'integer', about: 'How many at most', default: 50 } },
      get: '/drive/v3/files',
      query: { pageSize: '{limit}', fields: 'files(id,name,mimeType,modifiedTime)' },
      gives: 'files',
      scopes: ['https://www.googleapis.com/auth/drive.readonly'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/NangoHQ/nango',
      'https://github.com/r-lib/gargle/blob/0bde691baad386dcd7139df4546f439031c0df45/R/token-info.R',
      'https://rdocumentation.org/packages/gargle/versions/1.2.1/topics/credentials_service_account',
    ],
  },
})
