// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { apiKey } from '../kinds.ts'

export const circleci = defineService({
  name: 'CircleCI',
  docs: 'https://circleci.com/docs/managing-api-tokens/',
  category: 'developer',
  icon: { slug: 'circleci' },
  baseUrl: 'https://circleci.com/api/v2',
  auth: {
    token: apiKey('circle-token', {
      label: 'Personal API token',
      steps: ['Open User Settings › Personal API Tokens and create a token. Tokens of a project are refused here.'],
      key: { label: 'Personal API token', pattern: '^(CCIPAT_[A-Za-z0-9]{1,64}_[0-9a-f]{40}|[0-9a-f]{40})$' },
    }),
  },
  check: { get: '/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['login', 'name'] },
  guarded: [
    'ANY /project/*/*/*/checkout-key/**',
    'ANY /project/*/*/*/envvar/**',
    'ANY /context/**',
    'ANY /org/*/oidc-custom-claims',
    'ANY /webhook/**',
  ],
  actions: {
    trigger_pipeline: {
      does: 'write',
      title: 'Start a pipeline',
      input: {
        host: { is: 'text', about: 'Where the code is', options: ['gh', 'bb', 'circleci'], default: 'gh' },
        owner: { is: 'text', about: 'Organisation' },
        repository: { is: 'text', about: 'Repository' },
        branch: { is: 'text', about: 'Branch', optional: true },
      },
      post: '/project/{host}/{owner}/{repository}/pipeline',
      body: { branch: '{branch}' },
    },
    list_pipelines: {
      does: 'read',
      title: 'List the pipelines of a project',
      input: {
        host: { is: 'text', about: 'Where the code is', options: ['gh', 'bb', 'circleci'], default: 'gh' },
        owner: { is: 'text', about: 'Organisation' },
        repository: { is: 'text', about: 'Repository' },
        branch: { is: 'text', about: 'Branch', optional: true },
      },
      get: '/project/{host}/{owner}/{repository}/pipeline',
      query: { branch: '{branch}' },
      gives: 'items',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/mongodb/kingfisher',
      'https://github.com/superplanehq/superplane',
      'https://github.com/trufflesecurity/trufflehog',
    ],
  },
})
