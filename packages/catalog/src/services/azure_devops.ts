// Long: two ways to connect, two scopes to explain and two actions.
import { defineService } from '../define.ts'
import { microsoftSignIn } from '../families/microsoft.ts'
import { basic } from '../kinds.ts'

export const azure_devops = defineService({
  name: 'Azure DevOps',
  docs: 'https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate',
  category: 'developer',
  icon: { letters: 'AD', colour: '#0078d7' },
  settings: {
    organization: {
      kind: 'text',
      label: 'Organisation',
      example: 'contoso',
      pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,49}$',
    },
  },
  baseUrl: 'https://dev.azure.com/{organization}',
  hosts: ['*.dev.azure.com', '{organization}.visualstudio.com', 'app.vssps.visualstudio.com'],
  auth: {
    // The id is that of Azure DevOps itself. `.default` cannot stand beside single scopes: they are chosen in Entra.
    oauth: microsoftSignIn({
      ask: {
        '499b84ac-1321-427f-aa17-267ca6975798/.default': 'Do in Azure DevOps what the app was given in Entra',
      },
    }),
    token: basic({
      label: 'Personal access token',
      steps: [
        'In Azure DevOps open User settings › Personal access tokens and make one for your organisation.',
        'Give it only the scopes you need, and copy it: it is shown once.',
      ],
      fields: {
        token: { label: 'Token', pattern: '^([A-Za-z0-9]{52}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})$' },
      },
      user: '',
      password: '{token}',
    }),
  },
  // A dead token may get 200 and an anonymous user here, or 203 and the page for signing in.
  check: {
    get: '/_apis/connectionData?api-version=7.1-preview',
    ok: { status: 200, path: 'authenticatedUser.providerDisplayName', not: [null, 'Anonymous'] },
  },
  identity: {
    id: 'authenticatedUser.id',
    label: 'authenticatedUser.providerDisplayName',
    at: '{organization}',
  },
  answers: {
    rejected: [{ status: [401, 203, 302] }],
  },
  // On the hosts beside dev.azure.com the organisation is the first segment.
  guarded: [
    'ANY /_apis/tokens/**',
    'ANY /*/_apis/tokens/**',
    'ANY /_apis/tokenadmin/**',
    'ANY /*/_apis/tokenadmin/**',
    'POST /_apis/serviceendpoint/**',
    'POST /*/_apis/serviceendpoint/**',
    'POST /_apis/distributedtask/pools/**',
    'POST /_apis/hooks/**',
    'POST /*/_apis/graph/**',
  ],
  actions: {
    list_projects: {
      does: 'read',
      title: 'List projects',
      input: { limit: { is: 'integer', about: 'How many at most', default: 100 } },
      get: '/_apis/projects',
      query: { $top: '{limit}', 'api-version': '7.1' },
      gives: 'value',
    },
    query_work_items: {
      does: 'read',
      title: 'Find work items',
      input: {
        project: { is: 'text', about: 'Project name or id' },
        query: {
          is: 'text',
          about: 'A WIQL query',
          example: "SELECT [System.Id] FROM WorkItems WHERE [System.State] = 'Active'",
        },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      post: '/{project}/_apis/wit/wiql',
      query: { $top: '{limit}', 'api-version': '7.1' },
      body: { query: '{query}' },
      gives: 'workItems',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra-oauth',
      'https://github.com/MicrosoftDocs/azure-devops-docs/blob/010a45059b731ff0e024022f9df7bf4cc0d1a809/docs/integrate/get-started/authentication/oauth.md',
      'https://github.com/timrajan/snippets',
      'https://github.com/trufflesecurity/trufflehog',
    ],
  },
})
