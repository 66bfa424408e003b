import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const npm = defineService({
  name: 'npm',
  docs: 'https://docs.npmjs.com/about-access-tokens',
  category: 'developer',
  icon: { slug: 'npm' },
  baseUrl: 'https://registry.npmjs.org',
  auth: {
    token: bearer({
      label: 'Granular access token',
      steps: ['On npmjs.com open Access Tokens, generate a token for the packages you mean, and copy it. It expires.'],
      token: { label: 'Granular access token', pattern: '^npm_[A-Za-z0-9]{36}$', example: 'npm_…' },
    }),
  },
  check: { get: '/-/whoami', ok: { path: 'username', exists: true } },
  identity: { id: 'username', label: 'username' },
  guarded: [
    'ANY /-/npm/v1/tokens/**',
    'ANY /-/npm/v1/hooks/**',
    'PUT /-/user/**',
    'ANY /-/org/**',
    'PUT /-/team/**',
    'POST /-/package/*/collaborators',
  ],
  actions: {
    get_package: {
      does: 'read',
      title: 'Look at a package',
      input: { package: { is: 'text', about: 'Name of the package', example: '@scope/name' } },
      get: '/{package}',
    },
    search: {
      does: 'read',
      title: 'Find packages',
      input: {
        query: { is: 'text', about: 'What to look for' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/-/v1/search',
      query: { text: '{query}', size: '{limit}' },
      gives: 'objects',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://github.com/mongodb/kingfisher', 'https://github.com/trufflesecurity/trufflehog'],
  },
})
