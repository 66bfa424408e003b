// Long: two ways to connect, six scopes to explain and three actions.
import { defineService } from '../define.ts'
import { bearer, oauth2 } from '../kinds.ts'

export const webflow = defineService({
  name: 'Webflow',
  docs: 'https://developers.webflow.com/data/reference/oauth-app',
  category: 'cms',
  icon: { slug: 'webflow' },
  baseUrl: 'https://api.webflow.com/v2',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Webflow',
      steps: [
        'In the settings of your workspace open Apps & integrations › App development and create an app with the Data API.',
        'Enter the redirect address shown here, tick the scopes asked for here, and copy client id and client secret.',
      ],
      obtain: {
        authorize: 'https://webflow.com/oauth/authorize',
        token: 'https://api.webflow.com/oauth/access_token',
        client: 'body',
        answer: { lifetime: 'never' },
        refresh: false,
        revoke: {
          url: 'https://webflow.com/oauth/revoke_authorization',
          client: 'body',
          body: 'json',
          params: { access_token: '{accessToken}' },
        },
      },
      scopes: {
        ask: { 'authorized_user:read': 'See who you are' },
        offer: {
          'sites:read': 'List sites',
          'cms:read': 'Read collections and items',
          'cms:write': 'Create and change items',
          'pages:read': 'Read pages',
          'forms:read': 'Read forms and what was sent in',
        },
      },
      identity: { from: { get: '/token/authorized_by' }, id: 'id', label: 'email' },
    }),
    token: bearer({
      label: 'Site token',
      docs: 'https://developers.webflow.com/data/reference/site-token',
      steps: [
        'In the settings of the site open Apps & integrations › API access, generate a token and copy it: it is shown once.',
        'It ends after a year without a call.',
      ],
      token: { label: 'Token', pattern: '^[0-9a-f]{64}$' },
      // A site token belongs to a site, not to a person.
      identity: { id: 'authorization.authorizedTo.siteIds.0' },
    }),
  },
  check: { get: '/token/introspect', ok: { path: 'authorization.id', exists: true } },
  identity: { id: 'authorization.id' },
  guarded: ['POST /sites/*/webhooks'],
  actions: {
    list_sites: {
      does: 'read',
      title: 'List sites',
      input: {},
      get: '/sites',
      gives: 'sites',
      scopes: ['sites:read'],
    },
    list_items: {
      does: 'read',
      title: 'List the items of a collection',
      input: {
        collection: { is: 'text', about: 'Id of the collection' },
        limit: { is: 'integer', about: 'How many at most, up to 100', default: 50 },
      },
      get: '/collections/{collection}/items',
      query: { limit: '{limit}' },
      gives: 'items',
      scopes: ['cms:read'],
    },
    create_item: {
      does: 'write',
      title: 'Create an item, as a draft',
      input: {
        collection: { is: 'text', about: 'Id of the collection' },
        values: { is: 'json', about: 'Its fields', example: '{ "name": "News", "slug": "news" }' },
      },
      post: '/collections/{collection}/items',
      body: { isDraft: true, fieldData: '{values}' },
      scopes: ['cms:write'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.webflow.com/data/reference/token/introspect.md',
      'https://developers.webflow.com/data/reference/site-token',
      'https://developers.webflow.com/reference/authentication',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
