// Long: three ways to connect, two scopes to explain and two actions.
import { defineService } from '../define.ts'
import { keyPairJwt, keys, oauth2 } from '../kinds.ts'

export const snowflake = defineService({
  name: 'Snowflake',
  docs: 'https://docs.snowflake.com/en/developer-guide/sql-api/authenticating',
  category: 'data',
  icon: { slug: 'snowflake' },
  settings: {
    account: {
      kind: 'text',
      label: 'Account identifier',
      example: 'MYORG-MYACCOUNT',
      suffix: '.snowflakecomputing.com',
      pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*(\\.[a-z0-9-]+){0,3}$',
    },
  },
  derive: { accountHost: { of: '{account}', by: ['underscores_to_hyphens', 'lower'] } },
  baseUrl: 'https://{accountHost}.snowflakecomputing.com',
  headers: { 'user-agent': 'cardea' },
  auth: {
    key_pair: keyPairJwt({
      label: 'Key pair',
      docs: 'https://docs.snowflake.com/en/user-guide/key-pair-auth',
      steps: [
        'Make an RSA key of 2048 bits or more.',
        'Give the public half to the user: ALTER USER … SET RSA_PUBLIC_KEY. Paste the private half here.',
      ],
      settings: { user: { kind: 'text', label: 'User', pattern: '^[^@\\s]+$' } },
      // The claim wants capitals and drops region and cloud, which the host keeps; a correct key is refused otherwise.
      derive: {
        accountClaim: { of: '{account}', by: ['first_label', 'upper'] },
        userClaim: { of: '{user}', by: ['upper'] },
      },
      fields: {
        privateKey: { label: 'Private key', shape: 'pem' },
        passphrase: { label: 'Passphrase of the key', optional: true },
      },
      obtain: {
        jwt: {
          alg: 'RS256',
          key: { field: 'privateKey', passphrase: 'passphrase' },
          claims: { iss: '{accountClaim}.{userClaim}.SHA256:{keyFingerprint}', sub: '{accountClaim}.{userClaim}' },
          lifeSeconds: 3540,
        },
      },
      send: { headers: { authorization: 'Bearer {jwt}', 'x-snowflake-authorization-token-type': 'KEYPAIR_JWT' } },
    }),
    token: keys({
      label: 'Programmatic access token',
      docs: 'https://docs.snowflake.com/en/user-guide/programmatic-access-tokens',
      steps: [
        'In Snowsight open your profile › Authentication and make a token. It expires, and usually needs a network policy on the user.',
      ],
      fields: { token: { label: 'Token' } },
      send: {
        headers: {
          authorization: 'Bearer {token}',
          'x-snowflake-authorization-token-type': 'PROGRAMMATIC_ACCESS_TOKEN',
        },
      },
    }),
    oauth: oauth2({
      label: 'Sign in with Snowflake',
      docs: 'https://docs.snowflake.com/en/user-guide/oauth-custom',
      steps: [
        'Create a security integration of type OAUTH for a confidential client, with the redirect address shown here and OAUTH_ISSUE_REFRESH_TOKENS.',
        'Read id and secret with SYSTEM$SHOW_OAUTH_CLIENT_SECRETS.',
      ],
      obtain: {
        authorize: 'https://{accountHost}.snowflakecomputing.com/oauth/authorize',
        token: 'https://{accountHost}.snowflakecomputing.com/oauth/token-request',
        client: 'basic',
        answer: { lifetime: 600 },
        refresh: { rotates: 'never', lapses: { afterSeconds: 7_776_000 } },
      },
      scopes: {
        ask: { refresh_token: 'Stay connected without asking again', 'session:role:PUBLIC': 'Use the role PUBLIC' },
        unlisted: ['refresh_token'],
      },
      send: { headers: { authorization: 'Bearer {accessToken}', 'x-snowflake-authorization-token-type': 'OAUTH' } },
    }),
  },
  // Needs no warehouse, so it costs nothing.
  check: {
    post: '/api/v2/statements',
    body: { statement: 'SELECT CURRENT_USER(), CURRENT_ACCOUNT()', timeout: 10 },
    ok: { path: 'data', exists: true },
  },
  identity: { id: ['data.0.1', 'data.0.0'], label: 'data.0.0', at: '{account}' },
  // Statements that make keys and users look like any other statement.
  guarded: ['POST /api/v2/users/**', 'PUT /api/v2/users/**'],
  actions: {
    run_query: {
      does: 'write',
      title: 'Run an SQL statement',
      input: {
        statement: { is: 'text', about: 'The statement' },
        warehouse: { is: 'text', about: 'Warehouse', optional: true },
        database: { is: 'text', about: 'Database', optional: true },
        role: { is: 'text', about: 'Role', optional: true },
        timeout: { is: 'integer', about: 'Seconds', default: 60 },
      },
      post: '/api/v2/statements',
      body: {
        statement: '{statement}',
        warehouse: '{warehouse}',
        database: '{database}',
        role: '{role}',
        timeout: '{timeout}',
      },
    },
    get_result: {
      does: 'read',
      title: 'Read the result of a statement that was still running',
      input: { handle: { is: 'text', about: 'Statement handle' } },
      get: '/api/v2/statements/{handle}',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.snowflake.com/ja/en/developer-guide/sql-api/authenticating.html',
      'https://docs.snowflake.com/developer-guide/snowflake-rest-api/authentication',
    ],
  },
})
