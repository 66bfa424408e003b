// Long: five ways to connect, one scope to explain and two actions.
import { defineService } from '../define.ts'
import { apiKey, basic, clientCredentials, jwtAssertion, oauth2 } from '../kinds.ts'

const token = 'https://{instance}.service-now.com/oauth_token.do'

export const servicenow = defineService({
  name: 'ServiceNow',
  docs: 'https://www.servicenow.com/docs/bundle/zurich-platform-security/page/administer/security/concept/c_OAuthApplications.html',
  category: 'itsm',
  icon: { letters: 'Sn', colour: '#62d84e' },
  settings: {
    instance: {
      kind: 'text',
      label: 'Instance',
      example: 'dev12345',
      suffix: '.service-now.com',
      pattern: '^[a-z0-9-]+$',
    },
  },
  baseUrl: 'https://{instance}.service-now.com',
  auth: {
    service_account: basic({
      type: 'serviceaccount',
      label: 'Service account',
      steps: [
        'Make a user for web services only and give it the roles it needs (itil, or table by table).',
        'People who sign in with SSO or a second factor cannot be used here.',
      ],
      settings: { user: { kind: 'text', label: 'User name', pattern: '^[^:]+$' } },
      fields: { password: { label: 'Password' } },
      user: '{user}',
      password: '{password}',
    }),
    oauth: oauth2({
      label: 'Sign in with ServiceNow',
      steps: [
        'Open System OAuth › Application Registry and create an endpoint for external clients with the redirect address shown here.',
      ],
      obtain: {
        authorize: 'https://{instance}.service-now.com/oauth_auth.do',
        token,
        client: 'body',
        answer: { lifetime: 1800 },
        // 100 days from the consent, used or not.
        refresh: { rotates: 'never', lapses: { afterSeconds: 8_640_000 } },
        revoke: {
          url: 'https://{instance}.service-now.com/oauth_revoke_token.do',
          method: 'GET',
          body: 'query',
          client: 'none',
          params: { token: '{liveToken}' },
        },
      },
      scopes: { ask: { useraccount: 'Do what you may do' } },
    }),
    client_credentials: clientCredentials({
      label: 'OAuth client',
      steps: [
        'Switch inbound client credentials on for the instance, register an endpoint, and name the user it acts as.',
      ],
      fields: { clientId: { label: 'Client id' }, clientSecret: { label: 'Client secret' } },
      obtain: { token, client: 'body', answer: { lifetime: 1800 }, refresh: false },
    }),
    jwt: jwtAssertion({
      label: 'Signed token',
      steps: [
        'Create a JWT API endpoint in the Application Registry, upload the certificate, and map a verifier to it: its key id goes here.',
      ],
      settings: {
        clientId: { kind: 'text', label: 'Client id', pattern: '^[0-9a-f]{32}$' },
        keyId: { kind: 'text', label: 'Key id', pattern: '^[A-Za-z0-9_.-]{1,128}$' },
        subject: { kind: 'text', label: 'Act for user', pattern: '^[^\\s]+$' },
      },
      fields: { clientSecret: { label: 'Client secret' }, privateKey: { label: 'Private key', shape: 'pem' } },
      obtain: {
        as: 'grant',
        token,
        client: 'body',
        jwt: {
          alg: 'RS256',
          key: { field: 'privateKey' },
          header: { kid: '{keyId}' },
          claims: { iss: '{clientId}', aud: '{clientId}', sub: '{subject}' },
          lifeSeconds: 300,
          jti: true,
        },
        answer: { lifetime: 1800 },
        refresh: false,
      },
    }),
    api_key: apiKey('x-sn-apikey', {
      label: 'REST API key',
      steps: [
        'With the plugin API Key and HMAC Authentication, make an inbound authentication profile that reads the header x-sn-apikey, and a key for a user under REST API Key.',
        'Add the profile to a REST API access policy.',
      ],
      key: { label: 'API key' },
    }),
  },
  check: {
    get: '/api/now/table/sys_user?sysparm_query=user_name=javascript:gs.getUserName()&sysparm_limit=1&sysparm_fields=sys_id,user_name,email',
    // Rows are filtered silently: an empty result is an accepted credential without the right to read itself.
    ok: { path: 'result', exists: true },
  },
  identity: { id: 'result.0.sys_id', label: ['result.0.user_name', 'result.0.email'], at: '{instance}' },
  // A developer instance that nobody used sleeps, and answers any call with a page.
  answers: {
    unavailable: [{ contains: 'ibernating' }, { status: [502, 503, 504] }],
    comeBack: { header: 'x-ratelimit-reset', as: 'epoch_seconds' },
  },
  guarded: [
    'ANY /api/now/table/oauth_*/**',
    'ANY /api/now/table/sys_user_token/**',
    'ANY /api/now/table/discovery_credentials/**',
    'ANY /oauth_token.do',
  ],
  actions: {
    create_incident: {
      does: 'write',
      title: 'Open an incident',
      input: {
        summary: { is: 'text', about: 'Short description' },
        text: { is: 'text', about: 'What happened', optional: true },
        urgency: { is: 'text', about: '1 is highest', options: ['1', '2', '3'], default: '3' },
      },
      post: '/api/now/table/incident',
      body: { short_description: '{summary}', description: '{text}', urgency: '{urgency}' },
      gives: 'result',
    },
    list_incidents: {
      does: 'read',
      title: 'List incidents',
      input: {
        query: { is: 'text', about: 'An encoded query', example: 'active=true^urgency=1', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/api/now/table/incident',
      query: { sysparm_query: '{query}', sysparm_limit: '{limit}' },
      gives: 'result',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://www.servicenow.com/docs/r/zurich/platform-security/authentication/t_RevokeOAuthToken.html?contentId=KWkRi~LdCX12DxLFY5cP7w',
      'https://www.servicenow.com/docs/r/zurich/platform-security/authentication/client-credentials.html?contentId=dQh6bpqM0kXV81I2yKmtIA',
      'https://docs.servicenow.com/bundle/tokyo-platform-security/page/administer/security/task/create-jwt-endpoint.html',
      'https://docs.servicenow.com/bundle/washingtondc-platform-security/page/integrate/authentication/task/configure-api-key.html',
      'https://github.com/vdesabou/kafka-docker-playground/issues/8780',
    ],
  },
})
