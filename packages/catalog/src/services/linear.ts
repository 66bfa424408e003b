// Long: two ways to connect, four scopes to explain and three actions.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const linear = defineService({
  name: 'Linear',
  docs: 'https://linear.app/developers/oauth-2-0-authentication',
  category: 'project_management',
  icon: { slug: 'linear' },
  baseUrl: 'https://api.linear.app',
  hosts: ['uploads.linear.app'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Linear',
      steps: [
        'In Linear open Settings › API › OAuth applications and make one with the redirect address shown here.',
        'Copy client id and client secret. Every administrator of that workspace can see them.',
      ],
      obtain: {
        authorize: 'https://linear.app/oauth/authorize',
        token: 'https://api.linear.app/oauth/token',
        client: 'body',
        extra: { authorize: { prompt: 'consent' } },
        // Apps older than October 2025 got ten years and no refresh token. The half hour rests on one source.
        refresh: { rotates: 'always', graceSeconds: 1800 },
        revoke: { url: 'https://api.linear.app/oauth/revoke', client: 'none', params: { token: '{liveToken}' } },
      },
      scopes: {
        separator: ',',
        ask: { read: 'Read issues, projects and people' },
        offer: {
          write: 'Create and change everything you can',
          'issues:create': 'Create issues only',
          'comments:create': 'Create comments only',
        },
      },
    }),
    // Sent as it is, without the word Bearer.
    api_key: apiKey('authorization', {
      label: 'Personal API key',
      docs: 'https://linear.app/developers/graphql',
      steps: ['In Linear open Settings › Security & access, make a personal API key and copy it.'],
      key: { label: 'API key', pattern: '^lin_api_[A-Za-z0-9]{40}$', example: 'lin_api_…' },
    }),
  },
  check: {
    post: '/graphql',
    graphql: '{ viewer { id name email } organization { id name urlKey } }',
    ok: { path: 'data.viewer.id', exists: true },
  },
  identity: { id: 'data.viewer.id', label: ['data.viewer.email', 'data.viewer.name'], team: 'data.organization.name' },
  answers: {
    limited: [{ status: 429 }, { status: 400, contains: 'RATELIMITED' }],
    comeBack: { header: 'x-ratelimit-requests-reset', as: 'epoch_ms' },
  },
  guarded: ['ANY /oauth/**'],
  actions: {
    search_issues: {
      does: 'read',
      title: 'Find issues',
      input: {
        text: { is: 'text', about: 'Words to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      post: '/graphql',
      graphql:
        'query ($term: String!, $first: Int) { searchIssues(term: $term, first: $first) { nodes { id identifier title url state { name } assignee { name } } } }',
      variables: { term: '{text}', first: '{limit}' },
      gives: 'data.searchIssues.nodes',
      scopes: ['read'],
    },
    list_teams: {
      does: 'read',
      title: 'List teams',
      input: {},
      post: '/graphql',
      graphql: '{ teams { nodes { id key name } } }',
      gives: 'data.teams.nodes',
      scopes: ['read'],
    },
    create_issue: {
      does: 'write',
      title: 'Create an issue',
      input: {
        team: { is: 'text', about: 'Id of the team, as listed' },
        title: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'Description, in Markdown', optional: true },
      },
      post: '/graphql',
      graphql:
        'mutation ($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { id identifier title url } } }',
      variables: { input: { teamId: '{team}', title: '{title}', description: '{text}' } },
      gives: 'data.issueCreate.issue',
      scopes: ['write', 'issues:create'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://linear.app/developers/oauth-2-0-authentication',
      'https://nango.dev/blog/linear-oauth-refresh-token-invalid-grant',
      'https://github.com/linear/linear',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
