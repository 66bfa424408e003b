// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { twoStep } from '../kinds.ts'

export const docker_hub = defineService({
  name: 'Docker Hub',
  docs: 'https://docs.docker.com/security/access-tokens/',
  category: 'developer',
  icon: { slug: 'docker' },
  // The registries themselves want a login of their own and take nothing from here, so they are not among the hosts.
  baseUrl: 'https://hub.docker.com',
  auth: {
    // The access token itself is refused as a bearer; it buys one that lives ten minutes.
    token: twoStep({
      label: 'Access token',
      steps: [
        'In your account settings (or those of the organisation) open Personal access tokens, generate one and copy it.',
        'Enter it with your Docker id, or with the name of the organisation whose token it is.',
      ],
      settings: {
        account: { kind: 'text', label: 'Docker id or organisation', pattern: '^[a-z0-9][a-z0-9_-]{1,62}$' },
      },
      fields: {
        token: { label: 'Access token', pattern: '^dckr_(pat|oat)_[A-Za-z0-9_-]{27,128}$', example: 'dckr_pat_…' },
      },
      obtain: {
        url: 'https://hub.docker.com/v2/auth/token',
        json: { identifier: '{account}', secret: '{token}' },
        gives: { accessToken: 'access_token' },
        answer: { lifetime: 600 },
      },
    }),
  },
  // Anybody may list public repositories; what proves the token is that it was exchanged.
  check: {
    get: '/v2/namespaces/{account}/repositories?page_size=1',
    ok: { path: 'results', exists: true },
    proves: 'the token was exchanged',
  },
  identity: { from: 'values', id: 'account', label: 'account' },
  guarded: [
    'ANY /v2/access-tokens/**',
    'ANY /v2/orgs/*/access-tokens/**',
    'ANY /v2/auth/**',
    'ANY /v2/users/**',
    'ANY /v2/invites/**',
  ],
  actions: {
    list_repositories: {
      does: 'read',
      title: 'List repositories',
      input: {
        namespace: { is: 'text', about: 'Docker id or organisation' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/v2/namespaces/{namespace}/repositories',
      query: { page_size: '{limit}' },
      gives: 'results',
    },
    list_tags: {
      does: 'read',
      title: 'List the tags of a repository',
      input: {
        namespace: { is: 'text', about: 'Docker id or organisation' },
        repository: { is: 'text', about: 'Repository' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/v2/namespaces/{namespace}/repositories/{repository}/tags',
      query: { page_size: '{limit}' },
      gives: 'results',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.docker.com/reference/api/hub/latest/operations/AuthCreateAccessToken.md',
      'https://docs.docker.com/reference/api/hub/latest/schemas/AuthCreateTokenResponse.md',
    ],
  },
})
