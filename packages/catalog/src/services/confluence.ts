// Long: three ways to connect, nine scopes to explain and four actions.
import { defineService } from '../define.ts'
import { atlassianSignIn, atlassianToken } from '../families/atlassian.ts'
import { bearer } from '../kinds.ts'

export const confluence = defineService({
  name: 'Confluence',
  docs: 'https://developer.atlassian.com/cloud/confluence/oauth-2-3lo-apps/',
  category: 'knowledge',
  icon: { slug: 'confluence' },
  auth: {
    oauth: {
      baseUrl: 'https://api.atlassian.com/ex/confluence/{cloudId}',
      // Version 1 of the API knows the classic scopes, version 2 only the granular ones.
      ...atlassianSignIn('Confluence', {
        ask: {
          offline_access: 'Stay connected without asking again',
          'read:confluence-user': 'See who you are',
        },
        offer: {
          'search:confluence': 'Search pages',
          'read:space:confluence': 'List spaces',
          'read:page:confluence': 'Read pages',
          'write:page:confluence': 'Create and change pages',
          'read:comment:confluence': 'Read comments',
          'read:attachment:confluence': 'Read attachments',
          'read:confluence-content.all': 'Read all content',
        },
        unlisted: ['offline_access'],
      }),
    },
    api_token: {
      baseUrl: ['https://{site}.atlassian.net', 'https://api.atlassian.com/ex/confluence/{cloudId}'],
      ...atlassianToken(),
    },
    // The same paths as in the cloud, without /wiki.
    data_center: bearer({
      label: 'Data Center token',
      docs: 'https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html',
      steps: ['In your own Confluence open Settings › Personal Access Tokens and make one.'],
      settings: { server: { kind: 'url', label: 'Server address', example: 'https://confluence.example.com' } },
      token: { label: 'Token' },
      baseUrl: '{server}',
      check: { get: '/rest/api/user/current', ok: { path: 'type', is: 'known' } },
      identity: { id: 'userKey', label: ['displayName', 'username'], at: '{server}' },
    }),
  },
  // Sites open to the world may answer with an anonymous user.
  check: { get: '/wiki/rest/api/user/current', ok: { path: 'type', is: 'known' } },
  identity: { id: 'accountId', label: ['email', 'displayName'] },
  // A wrong pair of address and token is not 401 at the site.
  answers: { rejected: [{ status: 401 }, { status: 403, contains: 'caller cannot access Confluence' }] },
  guarded: ['ANY /rest/pats/**', 'ANY /rest/api/webhooks/**'],
  actions: {
    search: {
      does: 'read',
      title: 'Find pages',
      input: {
        cql: { is: 'text', about: 'A CQL query', example: 'type = page and text ~ "onboarding"' },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      get: '/wiki/rest/api/search',
      query: { cql: '{cql}', limit: '{limit}' },
      gives: 'results',
      scopes: ['search:confluence'],
      methods: ['oauth', 'api_token'],
    },
    read_page: {
      does: 'read',
      title: 'Read a page',
      input: { page: { is: 'text', about: 'Id of the page' } },
      get: '/wiki/api/v2/pages/{page}',
      query: { 'body-format': 'storage' },
      scopes: ['read:page:confluence'],
      methods: ['oauth', 'api_token'],
    },
    list_spaces: {
      does: 'read',
      title: 'List spaces',
      input: { limit: { is: 'integer', about: 'How many at most', default: 25 } },
      get: '/wiki/api/v2/spaces',
      query: { limit: '{limit}' },
      gives: 'results',
      scopes: ['read:space:confluence'],
      methods: ['oauth', 'api_token'],
    },
    create_page: {
      does: 'write',
      title: 'Create a page',
      input: {
        space: { is: 'text', about: 'Id of the space, as listed' },
        title: { is: 'text', about: 'Title' },
        text: { is: 'text', about: 'What it says' },
        parent: { is: 'text', about: 'Id of the page above it', optional: true },
      },
      make: { content: { by: 'html_paragraphs', from: '{text}' } },
      post: '/wiki/api/v2/pages',
      body: {
        spaceId: '{space}',
        status: 'current',
        title: '{title}',
        parentId: '{parent}',
        body: { representation: 'storage', value: '{content}' },
      },
      scopes: ['write:page:confluence'],
      methods: ['oauth', 'api_token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://mrrefactoring.github.io/confluence.js/guide/oauth2',
      'https://nango.dev/docs/api-integrations/confluence/how-to-register-your-own-confluence-api-oauth-app',
      'https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account',
      'https://github.com/microsoft/generative-ai-for-beginners/issues/342',
      'https://github.com/brekkylab/backlot/pull/134',
      'https://github.com/docToolchain/docToolchain/issues/1458',
    ],
  },
})
