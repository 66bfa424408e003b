// Long: three ways to connect, two scopes to explain and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const contentful = defineService({
  name: 'Contentful',
  docs: 'https://www.contentful.com/developers/docs/references/authentication/',
  category: 'cms',
  icon: { slug: 'contentful' },
  baseUrl: ['https://api.contentful.com', 'https://api.eu.contentful.com'],
  auth: {
    // The vendor describes the answer behind the #; others have been using codes for years.
    oauth: oauth2({
      label: 'Sign in with Contentful',
      docs: 'https://www.contentful.com/developers/docs/extensibility/oauth/',
      steps: [
        'At app.contentful.com/account/profile/developers/applications make an application, confidential, with the redirect address shown here.',
        'Choose when its tokens end, and copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://be.contentful.com/oauth/authorize',
        token: 'https://be.contentful.com/oauth/token',
        client: 'body',
        answer: { lifetime: 'unknown' },
        revoke: { none: 'Remove the application in your account settings at Contentful.' },
      },
      scopes: {
        ask: { content_management_read: 'Read your spaces and content' },
        offer: { content_management_manage: 'Create, change and delete content and settings' },
      },
    }),
    token: bearer({
      label: 'Personal access token',
      steps: [
        'In the settings of a space open CMA tokens, create a personal access token and copy it: it is shown once.',
      ],
      token: { label: 'Token', pattern: '^CFPAT-[A-Za-z0-9_-]{43}$', example: 'CFPAT-…' },
    }),
    // Missing: the European address for delivery, which nobody confirmed.
    delivery: bearer({
      label: 'Delivery key of one space',
      steps: ['In the settings of the space open API keys, add one and copy space id and delivery token.'],
      settings: { spaceId: { kind: 'text', label: 'Space id', pattern: '^[a-z0-9]{1,64}$' } },
      token: { label: 'Delivery token', pattern: '^[A-Za-z0-9_-]{20,100}$' },
      baseUrl: 'https://cdn.contentful.com',
      check: { get: '/spaces/{spaceId}', ok: { path: 'sys.id', exists: true } },
      identity: { id: 'sys.id', label: 'name' },
    }),
  },
  check: { get: '/users/me', ok: { path: 'sys.id', exists: true } },
  identity: { id: 'sys.id', label: ['email', 'firstName'] },
  answers: { comeBack: { header: 'x-contentful-ratelimit-reset', as: 'seconds' } },
  guarded: [
    'ANY /users/me/access_tokens/**',
    'ANY /spaces/*/api_keys/**',
    'ANY /spaces/*/preview_api_keys/**',
    'ANY /spaces/*/webhook_definitions/**',
    'ANY /organizations/*/app_definitions/**',
    'POST /organizations/*/invitations',
  ],
  actions: {
    list_spaces: {
      does: 'read',
      title: 'List spaces',
      input: {},
      get: '/spaces',
      gives: 'items',
      scopes: ['content_management_read', 'content_management_manage'],
      methods: ['oauth', 'token'],
    },
    list_entries: {
      does: 'read',
      title: 'List entries',
      input: {
        space: { is: 'text', about: 'Id of the space' },
        environment: { is: 'text', about: 'Environment', default: 'master' },
        kind: { is: 'text', about: 'Id of the content type', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      get: '/spaces/{space}/environments/{environment}/entries',
      query: { content_type: '{kind}', limit: '{limit}' },
      gives: 'items',
      scopes: ['content_management_read', 'content_management_manage'],
    },
    create_entry: {
      does: 'write',
      title: 'Create an entry, unpublished',
      input: {
        space: { is: 'text', about: 'Id of the space' },
        environment: { is: 'text', about: 'Environment', default: 'master' },
        kind: { is: 'text', about: 'Id of the content type' },
        values: { is: 'json', about: 'Its fields by language', example: '{ "title": { "en-US": "News" } }' },
      },
      post: '/spaces/{space}/environments/{environment}/entries',
      headers: {
        'x-contentful-content-type': '{kind}',
        'content-type': 'application/vnd.contentful.management.v1+json',
      },
      body: { fields: '{values}' },
      scopes: ['content_management_manage'],
      methods: ['oauth', 'token'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://contentful.com/developers/docs/references/authentication/llms.txt',
      'https://contentful.com/developers/docs/extensibility/oauth',
      'https://developers.frontegg.com/agen-for-work/connectors/marketplace/contentful',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
