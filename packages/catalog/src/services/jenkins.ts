import { defineService } from '../define.ts'
import { basic } from '../kinds.ts'

export const jenkins = defineService({
  name: 'Jenkins',
  docs: 'https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/',
  category: 'developer',
  icon: { slug: 'jenkins' },
  settings: { server: { kind: 'url', label: 'Address of the server', example: 'https://ci.example.com' } },
  baseUrl: '{server}',
  auth: {
    // With a token no crumb is needed; with a password every change would need one, so passwords are not taken.
    api_token: basic({
      label: 'API token',
      steps: ['In Jenkins click your name, open Security, and under API Token add a token. It is shown once.'],
      settings: { user: { kind: 'text', label: 'User id', pattern: '^[^:\\s]+$' } },
      fields: { token: { label: 'API token', pattern: '^[0-9a-f]{32,34}$' } },
      user: '{user}',
      password: '{token}',
    }),
  },
  // The list of jobs may be open to anybody; who one is, is not.
  check: { get: '/me/api/json', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['fullName', 'id'], at: '{server}' },
  guarded: [
    'ANY /me/descriptorByName/**',
    'ANY /user/*/descriptorByName/**',
    'ANY /script',
    'ANY /scriptText',
    'ANY /credentials/**',
    'ANY /manage/**',
    'GET /computer/*/jenkins-agent.jnlp',
    'GET /computer/*/slave-agent.jnlp',
    'ANY /securityRealm/**',
  ],
  actions: {
    build_job: {
      does: 'write',
      title: 'Start a job',
      input: { job: { is: 'text', about: 'Name of the job' } },
      post: '/job/{job}/build',
    },
    list_jobs: {
      does: 'read',
      title: 'List jobs',
      input: {},
      get: '/api/json',
      query: { tree: 'jobs[name,url,color]' },
      gives: 'jobs',
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/'],
  },
})
