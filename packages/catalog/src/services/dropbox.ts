// Long: one way to connect, six scopes to explain and three actions.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const dropbox = defineService({
  name: 'Dropbox',
  docs: 'https://developers.dropbox.com/oauth-guide',
  category: 'files',
  icon: { slug: 'dropbox' },
  baseUrl: 'https://api.dropboxapi.com/2',
  hosts: ['content.dropboxapi.com', 'notify.dropboxapi.com'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Dropbox',
      steps: [
        'At dropbox.com/developers/apps make an app with scoped access and choose between one folder and the whole Dropbox.',
        'Under Permissions tick the scopes asked for here and submit; under Settings add the redirect address shown here.',
        'App key and app secret are client id and client secret.',
      ],
      obtain: {
        authorize: 'https://www.dropbox.com/oauth2/authorize',
        token: 'https://api.dropboxapi.com/oauth2/token',
        client: 'body',
        // Without it there is no refresh token, and no word about that.
        extra: { authorize: { token_access_type: 'offline' } },
        refresh: { rotates: 'never' },
        revoke: {
          url: 'https://api.dropboxapi.com/2/auth/token/revoke',
          body: 'empty',
          client: 'none',
          headers: { authorization: 'Bearer {accessToken}' },
        },
      },
      scopes: {
        ask: { 'account_info.read': 'See who you are' },
        offer: {
          'files.metadata.read': 'List files and folders',
          'files.content.read': 'Read files',
          'files.content.write': 'Create, change and delete files',
          'sharing.read': 'See what is shared with whom',
          'sharing.write': 'Share files and folders',
        },
      },
    }),
  },
  // Every call is a POST, and one that takes nothing refuses even an empty object.
  check: { post: '/users/get_current_account', ok: { path: 'account_id', exists: true } },
  identity: { id: 'account_id', label: ['email', 'name.display_name'], team: 'team.name' },
  // A missing scope is 401 as well.
  answers: { restricted: [{ status: 403 }, { status: 401, contains: 'missing_scope' }] },
  guarded: ['POST /auth/token/**', 'POST /files/get_temporary_upload_link'],
  actions: {
    list_folder: {
      does: 'read',
      title: 'List a folder',
      input: { path: { is: 'text', about: 'Path of the folder; empty for the top', default: '', example: '/Reports' } },
      post: '/files/list_folder',
      body: { path: '{path}' },
      gives: 'entries',
      scopes: ['files.metadata.read'],
    },
    search: {
      does: 'read',
      title: 'Find files',
      input: { query: { is: 'text', about: 'Words in name or content' } },
      post: '/files/search_v2',
      body: { query: '{query}' },
      gives: 'matches',
      scopes: ['files.metadata.read'],
    },
    create_folder: {
      does: 'write',
      title: 'Create a folder',
      input: { path: { is: 'text', about: 'Path of the new folder', example: '/Reports/2026' } },
      post: '/files/create_folder_v2',
      body: { path: '{path}' },
      gives: 'metadata',
      scopes: ['files.content.write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/dropbox/dropbox-api-spec',
      'https://github.com/NangoHQ/nango',
      'https://github.com/simstudioai/sim',
    ],
  },
})
