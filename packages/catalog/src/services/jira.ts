// Long: three ways to connect, six scopes to explain and two actions.
import { defineService } from '../define.ts'
import { atlassianSignIn, atlassianToken } from '../families/atlassian.ts'
import { bearer } from '../kinds.ts'

export const jira = defineService({
  name: 'Jira',
  docs: 'https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/',
  category: 'project_management',
  icon: { slug: 'jira' },
  auth: {
    oauth: {
      baseUrl: 'https://api.atlassian.com/ex/jira/{cloudId}',
      ...atlassianSignIn('Jira', {
        ask: {
          offline_access: 'Stay connected without asking again',
          'read:jira-user': 'See who you are',
          'read:jira-work': 'Read projects and issues',
        },
        offer: {
          'write:jira-work': 'Create and change issues',
          'manage:jira-project': 'Manage projects',
          'manage:jira-configuration': 'Administer Jira',
        },
        unlisted: ['offline_access'],
      }),
    },
    api_token: {
      baseUrl: ['https://{site}.atlassian.net', 'https://api.atlassian.com/ex/jira/{cloudId}'],
      ...atlassianToken(),
    },
    data_center: bearer({
      label: 'Data Center token',
      docs: 'https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html',
      steps: ['In your own Jira open Profile › Personal Access Tokens and make one.'],
      settings: { server: { kind: 'url', label: 'Server address', example: 'https://jira.example.com' } },
      token: { label: 'Token' },
      baseUrl: '{server}',
      check: { get: '/rest/api/2/myself', ok: { path: 'key', exists: true } },
      identity: { id: 'key', label: ['emailAddress', 'displayName'], at: '{server}' },
    }),
  },
  // Not a project list: some of those answer anybody.
  check: { get: '/rest/api/3/myself', ok: { path: 'accountId', exists: true } },
  identity: { id: 'accountId', label: ['emailAddress', 'displayName'] },
  guarded: ['ANY /rest/api/3/webhook/**', 'ANY /rest/pats/**'],
  actions: {
    create_issue: {
      does: 'write',
      title: 'Create an issue',
      input: {
        project: { is: 'text', about: 'Project key', example: 'ENG' },
        summary: { is: 'text', about: 'Summary' },
        text: { is: 'text', about: 'Description', optional: true },
        type: { is: 'text', about: 'Kind of issue', default: 'Task' },
      },
      make: { description: { by: 'adf_document', from: '{text}' } },
      post: '/rest/api/3/issue',
      body: {
        fields: {
          project: { key: '{project}' },
          summary: '{summary}',
          description: '{description}',
          issuetype: { name: '{type}' },
        },
      },
      scopes: ['write:jira-work'],
      methods: ['oauth', 'api_token'],
    },
    search_issues: {
      does: 'read',
      title: 'Find issues',
      input: {
        jql: { is: 'text', about: 'A JQL query', example: 'assignee = currentUser()' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/rest/api/3/search/jql',
      query: { jql: '{jql}', maxResults: '{limit}', fields: 'summary,status,assignee' },
      gives: 'issues',
      scopes: ['read:jira-work'],
      methods: ['oauth', 'api_token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/',
      'https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account',
      'https://github.com/microsoft/generative-ai-for-beginners/issues/342',
      'https://github.com/brekkylab/backlot/issues/123',
      'https://github.com/sooperset/mcp-atlassian/issues/968',
    ],
  },
})
