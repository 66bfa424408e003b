// Long: two ways to connect, eight scopes to explain and two actions.
import { defineService } from '../define.ts'
import { graph, graphApplication, graphGuarded, microsoftSignIn } from '../families/microsoft.ts'

// The clouds of governments and of China have other hosts; nothing confirmed them, so they are missing.
export const microsoft_graph = defineService({
  name: 'Microsoft Graph',
  docs: 'https://learn.microsoft.com/en-us/graph/auth-v2-user',
  category: 'productivity',
  icon: { letters: 'MS', colour: '#0078d4' },
  baseUrl: graph,
  auth: {
    oauth: microsoftSignIn({
      ask: { 'User.Read': 'Sign in and read your profile' },
      offer: {
        'User.Read.All': 'Read the profiles of everybody in the directory; needs an administrator',
        'Group.Read.All': 'Read all groups; needs an administrator',
        'Sites.Read.All': 'Read SharePoint sites you can open',
        'Files.Read': 'Read your files',
        'Mail.Read': 'Read your mail',
        'Calendars.Read': 'Read your calendars',
      },
    }),
    client_credentials: graphApplication(),
  },
  check: { get: '/me', ok: { path: 'id', exists: true } },
  // Guests and personal accounts have no `mail`.
  identity: { id: 'id', label: ['mail', 'userPrincipalName'] },
  guarded: [
    ...graphGuarded,
    'ANY /applications/**',
    'ANY /servicePrincipals/**',
    'POST /oauth2PermissionGrants/**',
    'PATCH /oauth2PermissionGrants/**',
    'ANY /me/authentication/**',
    'ANY /users/*/authentication/**',
    'POST /me/changePassword',
    'POST /users/*/changePassword',
    'POST /users/*/appRoleAssignments',
    'POST /roleManagement/**',
    'POST /directoryRoles/**',
    'POST /invitations',
  ],
  actions: {
    get_me: { does: 'read', title: 'Who you are', input: {}, get: '/me', methods: ['oauth'], scopes: ['User.Read'] },
    find_people: {
      does: 'read',
      title: 'Find people in the directory',
      input: {
        name: { is: 'text', about: 'Words of the name' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/users',
      query: { $search: '"displayName:{name}"', $top: '{limit}', $select: 'id,displayName,mail,userPrincipalName' },
      headers: { consistencylevel: 'eventual' },
      gives: 'value',
      scopes: ['User.Read.All'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/MicrosoftDocs/azure-docs/blob/065ee0e9209a2b58a7ac01e2a42c20af0dd4ef53/articles/active-directory/develop/v2-oauth2-auth-code-flow.md',
      'https://github.com/MicrosoftDocs/azure-docs/blob/0148ba276699d87e29d60e0a86532e0df0c4949e/articles/active-directory/develop/v2-oauth2-client-creds-grant-flow.md',
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/02b4cba04d0426b41fe35819922b100050c5c441/api-reference/v1.0/api/organization-list.md',
      'https://github.com/microsoftgraph/microsoft-graph-docs/issues/4147',
    ],
  },
})
