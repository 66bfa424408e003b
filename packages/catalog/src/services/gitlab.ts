// Long: more than twenty kinds of calls make or show tokens.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const gitlab = defineService({
  name: 'GitLab',
  docs: 'https://docs.gitlab.com/api/oauth2',
  category: 'developer',
  icon: { slug: 'gitlab' },
  settings: {
    host: {
      kind: 'host',
      label: 'GitLab host',
      hint: 'Leave it as it is unless you run GitLab yourself.',
      default: 'gitlab.com',
      example: 'gitlab.example.com',
    },
  },
  baseUrl: 'https://{host}/api/v4',
  auth: {
    oauth: oauth2({
      label: 'Sign in with GitLab',
      steps: [
        'Under Preferences › Applications (or, for everybody, in the Admin area) add a confidential application with the redirect address shown here.',
        'Tick the scopes that you want to ask for, save, and copy application id and secret.',
      ],
      obtain: {
        authorize: 'https://{host}/oauth/authorize',
        token: 'https://{host}/oauth/token',
        client: 'body',
        // A refresh ends the old access token too, not only the refresh token.
        refresh: { rotates: 'always', withRedirectUri: true },
        revoke: { url: 'https://{host}/oauth/revoke', params: { token: '{accessToken}' }, client: 'body' },
      },
      scopes: {
        ask: { read_user: 'Read your profile' },
        offer: {
          read_api: 'Read everything you can see',
          api: 'Read and change everything you can',
          read_repository: 'Read the code of your projects',
          write_repository: 'Change the code of your projects',
          openid: 'Know that it is you',
          profile: 'See your name',
          email: 'See your e-mail address',
        },
        implies: [
          ['api', 'read_api'],
          ['api', 'read_user'],
          ['read_api', 'read_user'],
        ],
      },
    }),
    token: apiKey('private-token', {
      label: 'Access token',
      docs: 'https://docs.gitlab.com/user/profile/personal_access_tokens/',
      steps: [
        'Under Preferences › Access tokens, or under Settings › Access tokens of a project or group, add a token with read_api or api. It expires.',
      ],
      // Servers of your own may give tokens another beginning than glpat-.
      key: { label: 'Access token', pattern: '^[A-Za-z0-9._-]{20,255}$', example: 'glpat-…' },
    }),
  },
  check: {
    get: '/user',
    ok: { path: 'username', exists: true },
    alsoOk: [{ status: 403, contains: 'insufficient_scope' }],
  },
  identity: { id: 'id', label: 'username', at: '{host}' },
  answers: { comeBack: { header: 'ratelimit-reset', as: 'epoch_seconds' } },
  guarded: [
    'ANY /personal_access_tokens/**',
    'ANY /user/personal_access_tokens/**',
    'ANY /users/*/personal_access_tokens/**',
    'ANY /users/*/impersonation_tokens/**',
    'ANY /projects/*/access_tokens/**',
    'ANY /groups/*/access_tokens/**',
    'ANY /groups/*/service_accounts/**',
    'ANY /projects/*/deploy_tokens/**',
    'ANY /groups/*/deploy_tokens/**',
    'POST /projects/*/deploy_keys/**',
    'POST /deploy_keys',
    'POST /user/keys',
    'POST /users/*/keys',
    'ANY /projects/*/triggers/**',
    'ANY /projects/*/variables/**',
    'ANY /groups/*/variables/**',
    'POST /user/runners',
    'ANY /runners/**',
    'POST /projects/*/runners/**',
    'POST /groups/*/runners/**',
    'ANY /applications/**',
  ],
  actions: {
    create_issue: {
      does: 'write',
      title: 'Open an issue',
      input: {
        project: { is: 'text', about: 'Path or number of the project', example: 'group/project' },
        title: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'Description, in Markdown', optional: true },
        labels: { is: 'text', about: 'Labels', many: true, optional: true },
      },
      make: { labelList: { by: 'comma_list', from: '{labels}' } },
      post: '/projects/{project}/issues',
      body: { title: '{title}', description: '{text}', labels: '{labelList}' },
      scopes: ['api'],
    },
    list_issues: {
      does: 'read',
      title: 'List the issues of a project',
      input: {
        project: { is: 'text', about: 'Path or number of the project', example: 'group/project' },
        state: { is: 'text', about: 'Which ones', options: ['opened', 'closed', 'all'], default: 'opened' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/projects/{project}/issues',
      query: { state: '{state}', per_page: '{limit}' },
      scopes: ['read_api', 'api'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://docs.gitlab.com/api/oauth2'],
  },
})
