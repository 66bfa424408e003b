// Long: two ways to connect, three scopes to explain and three actions.
import { defineService } from '../define.ts'
import { clientCredentials, oauth2 } from '../kinds.ts'

const token = 'https://api.box.com/oauth2/token'

export const box = defineService({
  name: 'Box',
  docs: 'https://developer.box.com/guides/authentication/oauth2/',
  category: 'files',
  icon: { slug: 'box' },
  // Downloads are redirected to boxcloud.com, where the credential has no business.
  baseUrl: 'https://api.box.com/2.0',
  hosts: ['upload.box.com'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Box',
      steps: [
        'In the Box Developer Console make a Platform App with User Authentication (OAuth 2.0).',
        'Under Configuration add the redirect address shown here and tick the scopes; copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://account.box.com/api/oauth2/authorize',
        token,
        client: 'body',
        // Good for one use within sixty days.
        refresh: { rotates: 'always', lapses: { idleSeconds: 5_184_000 } },
        revoke: { url: 'https://api.box.com/oauth2/revoke', client: 'body', params: { token: '{liveToken}' } },
      },
      scopes: {
        ask: { root_readonly: 'Read files and folders' },
        offer: {
          root_readwrite: 'Read, create, change and delete files and folders',
          manage_managed_users: 'Manage the people of your company',
        },
        // The answer has restricted_to in place of scope.
        unlisted: ['root_readonly', 'root_readwrite', 'manage_managed_users'],
      },
    }),
    client_credentials: clientCredentials({
      label: 'Server authentication',
      docs: 'https://developer.box.com/guides/authentication/client-credentials/',
      steps: [
        'In the Box Developer Console make a Platform App with Server Authentication (Client Credentials Grant).',
        'Let an administrator authorise it; the enterprise id stands under General Settings.',
        'To act for a person choose App + Enterprise Access and Generate User Access Tokens, and give that user id.',
      ],
      settings: {
        subjectType: { kind: 'choice', label: 'Acts for', options: ['enterprise', 'user'], default: 'enterprise' },
        subjectId: { kind: 'text', label: 'Enterprise id or user id', pattern: '^[0-9]{1,20}$' },
      },
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Client secret' } },
      obtain: {
        token,
        client: 'body',
        extra: { token: { box_subject_type: '{subjectType}', box_subject_id: '{subjectId}' } },
        refresh: false,
      },
    }),
  },
  check: { get: '/users/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['login', 'name'] },
  guarded: ['ANY /webhooks/**'],
  actions: {
    list_folder: {
      does: 'read',
      title: 'List a folder',
      input: {
        folder: { is: 'text', about: 'Id of the folder; 0 is the top', default: '0' },
        limit: { is: 'integer', about: 'How many at most', default: 100 },
      },
      get: '/folders/{folder}/items',
      query: { limit: '{limit}' },
      gives: 'entries',
    },
    search: {
      does: 'read',
      title: 'Find files and folders',
      input: { query: { is: 'text', about: 'Words to look for' } },
      get: '/search',
      query: { query: '{query}' },
      gives: 'entries',
    },
    create_folder: {
      does: 'write',
      title: 'Create a folder',
      input: {
        name: { is: 'text', about: 'Name' },
        parent: { is: 'text', about: 'Id of the folder above it; 0 is the top', default: '0' },
      },
      post: '/folders',
      body: { name: '{name}', parent: { id: '{parent}' } },
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/box/developer.box.com', 'https://github.com/box/box-openapi'],
  },
})
