// Long: two ways to connect, eight scopes to explain and two actions.
import { defineService } from '../define.ts'
import { googleEmail, googleLimits, googleServiceAccount, googleSignIn, googleUserInfo } from '../families/google.ts'

const scopes = {
  ask: { ...googleEmail, 'https://www.googleapis.com/auth/spreadsheets.readonly': 'Read your spreadsheets' },
  offer: {
    'https://www.googleapis.com/auth/spreadsheets': 'Create, change and delete spreadsheets',
    'https://www.googleapis.com/auth/drive.file': 'Read and change only spreadsheets made or opened with this app',
  },
} as const

export const google_sheets = defineService({
  name: 'Google Sheets',
  docs: 'https://developers.google.com/workspace/sheets/api/scopes',
  category: 'documents',
  icon: { slug: 'googlesheets' },
  baseUrl: 'https://sheets.googleapis.com',
  ownHosts: [googleUserInfo.host],
  auth: {
    oauth: googleSignIn('Google Sheets API', scopes),
    service_account: googleServiceAccount('Google Sheets API', scopes),
  },
  // Every call of this API names a spreadsheet: there is none to try.
  check: googleUserInfo.check,
  identity: googleUserInfo.identity,
  answers: { limited: googleLimits },
  guarded: ['ANY /batch**'],
  actions: {
    read_range: {
      does: 'read',
      title: 'Read cells',
      input: {
        spreadsheet: { is: 'text', about: 'Spreadsheet id, from its address' },
        range: { is: 'text', about: 'Which cells', example: 'Sheet1!A1:D20' },
      },
      get: '/v4/spreadsheets/{spreadsheet}/values/{range}',
      gives: 'values',
    },
    append_row: {
      does: 'write',
      title: 'Add a row',
      input: {
        spreadsheet: { is: 'text', about: 'Spreadsheet id, from its address' },
        range: { is: 'text', about: 'The table to add to', example: 'Sheet1!A:D' },
        cells: { is: 'text', about: 'What the cells hold, from the left', many: true },
      },
      post: '/v4/spreadsheets/{spreadsheet}/values/{range}:append',
      query: { valueInputOption: 'USER_ENTERED' },
      body: { values: ['{cells}'] },
      scopes: ['https://www.googleapis.com/auth/spreadsheets', 'https://www.googleapis.com/auth/drive.file'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.google.com/sheets/api/guides/values',
      'https://developers.google.cn/workspace/sheets/api/limits.md.txt',
      'https://github.com/r-lib/gargle/blob/0bde691baad386dcd7139df4546f439031c0df45/R/token-info.R',
    ],
  },
})
