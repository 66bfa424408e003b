import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const sanity = defineService({
  name: 'Sanity',
  docs: 'https://www.sanity.io/docs/http-auth',
  category: 'cms',
  icon: { slug: 'sanity' },
  settings: { project: { kind: 'text', label: 'Project id', suffix: '.api.sanity.io', pattern: '^[a-z0-9]{8}$' } },
  baseUrl: 'https://{project}.api.sanity.io',
  hosts: ['{project}.apicdn.sanity.io', 'api.sanity.io'],
  auth: {
    token: bearer({
      label: 'API token',
      steps: ['At sanity.io/manage open the project, then API › Tokens, add one with the least role and copy it.'],
      token: { label: 'Token', pattern: '^sk[A-Za-z0-9]{79,}$', example: 'sk…' },
    }),
  },
  // Somebody without a token may get 200 and nothing.
  check: { get: '/v2021-06-07/users/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['email', 'name'], at: '{project}' },
  guarded: ['ANY /*/projects/*/tokens/**', 'ANY /*/projects/*/cors/**', 'ANY /*/hooks/**', 'ANY /*/invitations/**'],
  actions: {
    query: {
      does: 'read',
      title: 'Query documents',
      input: {
        dataset: { is: 'text', about: 'Dataset', default: 'production' },
        query: { is: 'text', about: 'A GROQ query', example: '*[_type == "post"][0..9]{title}' },
      },
      get: '/v2021-06-07/data/query/{dataset}',
      query: { query: '{query}' },
      gives: 'result',
    },
    create_document: {
      does: 'write',
      title: 'Create a document',
      input: {
        dataset: { is: 'text', about: 'Dataset', default: 'production' },
        document: {
          is: 'json',
          about: 'The document, with its _type',
          example: '{ "_type": "post", "title": "News" }',
        },
      },
      post: '/v2021-06-07/data/mutate/{dataset}',
      body: { mutations: [{ create: '{document}' }] },
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://www.sanity.io/docs/http-auth', 'https://github.com/trufflesecurity/trufflehog'],
  },
})
