// Long: three ways to connect, eight scopes to explain and two actions.
import { defineService } from '../define.ts'
import { basic, bearer, oauth2 } from '../kinds.ts'

export const bitbucket = defineService({
  name: 'Bitbucket',
  docs: 'https://developer.atlassian.com/cloud/bitbucket/oauth-2/',
  category: 'developer',
  icon: { slug: 'bitbucket' },
  baseUrl: 'https://api.bitbucket.org/2.0',
  hosts: ['bitbucket.org'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Bitbucket',
      steps: [
        'Under Workspace settings › OAuth consumers add a consumer with the callback address shown here.',
        'Tick the permissions you want, and copy key and secret: they are client id and client secret.',
      ],
      obtain: {
        authorize: 'https://bitbucket.org/site/oauth2/authorize',
        token: 'https://bitbucket.org/site/oauth2/access_token',
        // What the consumer has ticked is what is granted; the answer calls it scopes.
        names: { scope: null },
        answer: { at: { scope: 'scopes' }, lifetime: 7200 },
        // Guides say it stays, others have seen it change.
        refresh: { rotates: 'sometimes' },
        revoke: { none: 'Take the app away in your personal settings under App authorizations.' },
      },
      scopes: {
        ask: { account: 'Read your profile' },
        offer: {
          email: 'See your e-mail addresses',
          repository: 'Read your repositories',
          'repository:write': 'Change your repositories',
          pullrequest: 'Read pull requests',
          'pullrequest:write': 'Open and merge pull requests',
          issue: 'Read issues',
          webhook: 'Manage webhooks',
        },
      },
    }),
    api_token: basic({
      label: 'API token',
      docs: 'https://support.atlassian.com/bitbucket-cloud/docs/api-tokens/',
      steps: [
        'In your Atlassian account open Security › API tokens, create a token with scopes, choose Bitbucket, and tick at least read:user:bitbucket.',
        'App passwords no longer work.',
      ],
      settings: {
        email: { kind: 'text', label: 'Address of your Atlassian account', pattern: '^[^\\s@:]+@[^\\s@:]+$' },
      },
      fields: { token: { label: 'API token', pattern: '^ATATT[A-Za-z0-9_=-]{20,400}$' } },
      user: '{email}',
      password: '{token}',
    }),
    // These belong to a repository, project or workspace and not to a person. They are refused as a password.
    token: bearer({
      label: 'Access token',
      docs: 'https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/',
      steps: ['In the settings of a repository, project or workspace open Access tokens and create one.'],
      settings: { workspace: { kind: 'text', label: 'Workspace', pattern: '^[A-Za-z0-9_-]{1,62}$' } },
      token: { label: 'Access token', pattern: '^ATCTT[A-Za-z0-9_=-]{20,400}$' },
      check: { get: '/repositories/{workspace}?pagelen=1', ok: { path: 'values.0.uuid', exists: true } },
      identity: { from: 'values', id: 'workspace', label: 'workspace' },
    }),
  },
  check: { get: '/user', ok: { path: 'account_id', exists: true } },
  identity: { id: 'account_id', label: ['display_name', 'username'] },
  guarded: [
    'ANY /repositories/*/*/deploy-keys/**',
    'ANY /repositories/*/*/pipelines_config/**',
    'ANY /repositories/*/*/pipelines-config/**',
    'ANY /workspaces/*/pipelines-config/**',
    'ANY /workspaces/*/projects/*/deploy-keys/**',
    'POST /users/*/ssh-keys',
    'POST /users/*/gpg-keys',
  ],
  actions: {
    create_pull_request: {
      does: 'write',
      title: 'Open a pull request',
      input: {
        workspace: { is: 'text', about: 'Workspace' },
        repository: { is: 'text', about: 'Repository' },
        title: { is: 'text', about: 'Title' },
        branch: { is: 'text', about: 'Branch with the changes' },
        text: { is: 'text', about: 'Description, in Markdown', optional: true },
      },
      post: '/repositories/{workspace}/{repository}/pullrequests',
      body: { title: '{title}', source: { branch: { name: '{branch}' } }, description: '{text}' },
      scopes: ['pullrequest:write'],
    },
    list_pull_requests: {
      does: 'read',
      title: 'List pull requests',
      input: {
        workspace: { is: 'text', about: 'Workspace' },
        repository: { is: 'text', about: 'Repository' },
        state: { is: 'text', about: 'Which ones', options: ['OPEN', 'MERGED', 'DECLINED'], default: 'OPEN' },
      },
      get: '/repositories/{workspace}/{repository}/pullrequests',
      query: { state: '{state}' },
      gives: 'values',
      scopes: ['pullrequest'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.atlassian.com/cloud/bitbucket/oauth-2',
      'https://docs.unified.to/skills/bitbucket-oauth-app/SKILL.md',
      'https://github.com/airweave-ai/airweave/pull/915',
    ],
  },
})
