// Long: two ways to connect, seven scopes to explain and two actions.
import { defineService } from '../define.ts'
import { graph, graphApplication, graphGuarded, microsoftSignIn } from '../families/microsoft.ts'

// Contents come from a signed address on sharepoint.com or 1drv.com, which needs no credential and must get none.
export const onedrive = defineService({
  name: 'OneDrive',
  docs: 'https://learn.microsoft.com/en-us/onedrive/developer/rest-api/getting-started/graph-oauth',
  category: 'files',
  icon: { letters: 'OD', colour: '#0078d4' },
  baseUrl: graph,
  auth: {
    oauth: microsoftSignIn({
      ask: { 'User.Read': 'See who you are', 'Files.Read': 'Read your files' },
      offer: {
        'Files.ReadWrite': 'Create, change and delete your files',
        'Files.Read.All': 'Read all files you can open',
        'Files.ReadWrite.All': 'Change and delete all files you can open',
        'Files.ReadWrite.AppFolder': 'Use a folder of its own only',
      },
    }),
    client_credentials: graphApplication(),
  },
  check: { get: '/me/drive?$select=id,driveType,owner', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['owner.user.displayName', 'owner.user.email'] },
  guarded: [
    ...graphGuarded,
    'POST /me/drive/items/*/createLink',
    'POST /me/drive/items/*/invite',
    'POST /drives/*/items/*/createLink',
    'POST /drives/*/items/*/invite',
    'POST /users/*/drive/items/*/createLink',
    'POST /users/*/drive/items/*/invite',
  ],
  actions: {
    list_files: {
      does: 'read',
      title: 'List files and folders',
      input: {
        folder: { is: 'text', about: 'Folder id', default: 'root' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/me/drive/items/{folder}/children',
      query: { $top: '{limit}', $select: 'id,name,size,folder,file,webUrl,lastModifiedDateTime' },
      gives: 'value',
      scopes: ['Files.Read', 'Files.ReadWrite', 'Files.Read.All', 'Files.ReadWrite.All'],
      methods: ['oauth'],
    },
    create_folder: {
      does: 'write',
      title: 'Create a folder',
      input: {
        name: { is: 'text', about: 'Name' },
        parent: { is: 'text', about: 'Id of the folder it goes into', default: 'root' },
      },
      post: '/me/drive/items/{parent}/children',
      body: { name: '{name}', folder: {}, '@microsoft.graph.conflictBehavior': 'fail' },
      scopes: ['Files.ReadWrite', 'Files.ReadWrite.All'],
      methods: ['oauth'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/007852ace71e63cb76552a3471aa71e7dee5f3e8/api-reference/v1.0/api/drive-get.md',
      'https://github.com/MicrosoftDocs/azure-docs/blob/065ee0e9209a2b58a7ac01e2a42c20af0dd4ef53/articles/active-directory/develop/v2-oauth2-auth-code-flow.md',
    ],
  },
})
