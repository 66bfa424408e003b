// Long: three ways to connect, five scopes to explain and two actions.
import { defineService } from '../define.ts'
import { clientCredentials, jwtAssertion, oauth2 } from '../kinds.ts'

const token = 'https://{loginHost}/services/oauth2/token'
const orgHost =
  '^[A-Za-z0-9-]+(--[A-Za-z0-9]+)?(\\.(sandbox|develop|scratch|demo|patch|trailblaze))?\\.my\\.salesforce\\.com$'
/** Every answer of the token endpoint names the organisation's own host; calls anywhere else fail. */
const learn = { instance: { from: 'token', at: 'instance_url', take: 'host', pattern: orgHost } } as const
const scopes = {
  ask: { api: 'Read and write your data', refresh_token: 'Stay connected without asking again' },
  offer: { openid: 'Know that it is you', full: 'Everything you can do', chatter_api: 'Chatter' },
  unlisted: ['refresh_token'],
} as const

export const salesforce = defineService({
  name: 'Salesforce',
  docs: 'https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_web_server_flow.htm',
  category: 'crm',
  icon: { letters: 'SF', colour: '#00a1e0' },
  settings: {
    loginHost: {
      kind: 'host',
      label: 'Login host',
      hint: 'test.salesforce.com for sandboxes, or your own My Domain. Never the lightning.force.com address.',
      default: 'login.salesforce.com',
      pattern:
        '^((login|test)\\.salesforce\\.com|[A-Za-z0-9-]+(--[A-Za-z0-9]+)?(\\.(sandbox|develop|scratch))?\\.my\\.salesforce\\.com)$',
    },
  },
  baseUrl: 'https://{instance}',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Salesforce',
      steps: [
        'In Setup make an external client app with OAuth and the redirect address shown here.',
        'Choose the scopes api and refresh_token; the consumer key is the client id.',
      ],
      obtain: {
        authorize: 'https://{loginHost}/services/oauth2/authorize',
        token,
        client: 'body',
        // A session slides while it is used, so its end is only learned from a 401.
        answer: { lifetime: 'unknown' },
        refresh: { rotates: 'sometimes' },
        revoke: {
          url: 'https://{loginHost}/services/oauth2/revoke',
          client: 'none',
          params: { token: '{liveToken}' },
          ends: 'grant',
        },
      },
      learn,
      scopes,
    }),
    jwt: jwtAssertion({
      label: 'Signed token',
      steps: [
        'Give the app a certificate under Use digital signatures, and pre-authorise the user by profile or permission set.',
      ],
      settings: {
        clientId: { kind: 'text', label: 'Consumer key', pattern: '^[A-Za-z0-9._]{20,120}$' },
        user: { kind: 'text', label: 'User name', pattern: '^[^\\s@]+@[^\\s@]+$' },
        audience: {
          kind: 'choice',
          label: 'Kind of organisation',
          options: ['login.salesforce.com', 'test.salesforce.com'],
          default: 'login.salesforce.com',
        },
      },
      fields: { privateKey: { label: 'Private key', shape: 'pem' } },
      obtain: {
        as: 'grant',
        token,
        client: 'none',
        jwt: {
          alg: 'RS256',
          key: { field: 'privateKey' },
          claims: { iss: '{clientId}', sub: '{user}', aud: 'https://{audience}' },
          lifeSeconds: 180,
        },
        answer: { lifetime: 'unknown' },
        refresh: false,
      },
      learn,
    }),
    client_credentials: clientCredentials({
      label: 'OAuth client',
      steps: [
        'Enable the client credentials flow on the app and name the user it runs as. Use your My Domain as login host.',
      ],
      fields: { clientId: { label: 'Consumer key' }, clientSecret: { label: 'Consumer secret' } },
      obtain: { token, client: 'body', answer: { lifetime: 'unknown' }, refresh: false },
      learn,
    }),
  },
  check: { get: '/services/oauth2/userinfo', ok: { path: 'user_id', exists: true } },
  identity: { id: ['organization_id', 'user_id'], label: 'preferred_username', at: '{instance}' },
  answers: {
    rejected: [{ status: 401 }, { status: 403, contains: 'Bad_OAuth_Token' }],
    limited: [{ status: 429 }, { status: 403, contains: 'REQUEST_LIMIT_EXCEEDED' }],
  },
  guarded: [
    'ANY /services/oauth2/token',
    'ANY /services/oauth2/introspect',
    'ANY /services/oauth2/register',
    'POST /services/Soap/**',
  ],
  actions: {
    query: {
      does: 'read',
      title: 'Query records',
      input: { soql: { is: 'text', about: 'A SOQL query', example: 'SELECT Id, Name FROM Account LIMIT 10' } },
      get: '/services/data/v60.0/query',
      query: { q: '{soql}' },
      gives: 'records',
      scopes: ['api', 'full'],
    },
    create_record: {
      does: 'write',
      title: 'Create a record',
      input: {
        object: { is: 'text', about: 'Kind of record', example: 'Lead' },
        values: { is: 'json', about: 'Its fields' },
      },
      post: '/services/data/v60.0/sobjects/{object}',
      body: '{values}',
      scopes: ['api', 'full'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_revoke_token.htm&language=en_US&type=5',
      'https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm&language=de&type=5',
      'https://github.com/forcedotcom/SalesforceMobileSDK-iOS/issues/3398',
      'https://github.com/jsforce/jsforce/pull/736',
      'https://github.com/jsforce/jsforce/issues/1656',
      'https://github.com/jstanden/cerb/issues/836',
    ],
  },
})
