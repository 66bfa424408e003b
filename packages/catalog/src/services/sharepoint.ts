// Long: two ways to connect, five scopes to explain and two actions.
import { defineService } from '../define.ts'
import { graph, graphApplication, graphGuarded, microsoftPerson, microsoftSignIn } from '../families/microsoft.ts'

export const sharepoint = defineService({
  name: 'SharePoint Online',
  docs: 'https://learn.microsoft.com/en-us/graph/api/resources/sharepoint',
  category: 'files',
  icon: { letters: 'SP', colour: '#038387' },
  settings: {
    name: {
      kind: 'text',
      label: 'SharePoint name',
      hint: 'Only to call SharePoint itself beside Microsoft Graph',
      example: 'contoso',
      suffix: '.sharepoint.com',
      pattern: '^[a-z0-9][a-z0-9-]*$',
      optional: true,
    },
  },
  baseUrl: graph,
  auth: {
    // A token is for one resource: Graph and the SharePoint host each have their own, from the same refresh token.
    oauth: {
      ...microsoftSignIn(
        {
          ask: { 'User.Read': 'See who you are', 'Sites.Read.All': 'Read sites, lists and files you can open' },
          offer: {
            'Sites.ReadWrite.All': 'Change lists and files you can open',
            'Files.Read.All': 'Read all files you can open',
          },
        },
        { '{name}.sharepoint.com': 'https://{name}.sharepoint.com/.default' },
      ),
      hosts: ['{name}.sharepoint.com'],
    },
    client_credentials: graphApplication(),
  },
  // Work and school accounts only.
  check: { get: '/sites/root?$select=id,displayName,webUrl', ok: { path: 'id', exists: true } },
  identity: microsoftPerson,
  guarded: [
    ...graphGuarded,
    'POST /sites/*/permissions',
    'POST /drives/*/items/*/createLink',
    'POST /drives/*/items/*/invite',
    'POST /_api/contextinfo',
  ],
  actions: {
    search_sites: {
      does: 'read',
      title: 'Find sites',
      input: { query: { is: 'text', about: 'Words of the name' } },
      get: '/sites',
      query: { search: '{query}' },
      gives: 'value',
      scopes: ['Sites.Read.All', 'Sites.ReadWrite.All'],
    },
    list_files: {
      does: 'read',
      title: 'List the files of a site',
      input: {
        site: { is: 'text', about: 'Site id' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/sites/{site}/drive/root/children',
      query: { $top: '{limit}', $select: 'id,name,size,folder,file,webUrl,lastModifiedDateTime' },
      gives: 'value',
      scopes: ['Sites.Read.All', 'Sites.ReadWrite.All', 'Files.Read.All'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/01784a996c3bd7a5e5415c20c478047309f7cc24/api-reference/v1.0/api/site-get.md',
      'https://github.com/AzureAD/microsoft-authentication-library-for-dotnet/issues/1439',
      'https://github.com/AzureAD/microsoft-authentication-library-for-js/issues/1718',
    ],
  },
})
