// Long: accounts on hosts of their own, told by a call, and a signed token beside the sign-in.
import { defineService } from '../define.ts'
import { jwtAssertion, oauth2 } from '../kinds.ts'

const token = 'https://{environment.account}/oauth/token'
// A person has several accounts, each on a host of its own: www.docusign.net is right for the oldest only.
const from = {
  get: 'https://{environment.account}/oauth/userinfo',
  list: 'accounts',
  label: 'account_name',
  prefer: { is_default: true },
} as const
const learn = {
  base: { from, at: 'base_uri', take: 'host', pattern: '^[a-z0-9-]{1,20}\\.docusign\\.net$' },
  account: { from, at: 'account_id', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
} as const

export const docusign = defineService({
  name: 'DocuSign eSignature',
  docs: 'https://developers.docusign.com/platform/auth/authcode',
  category: 'documents',
  icon: { letters: 'Ds', colour: '#4c00ff' },
  settings: {
    environment: {
      kind: 'choice',
      label: 'Environment',
      default: 'production',
      options: {
        production: { label: 'Production', account: 'account.docusign.com' },
        demo: { label: 'Demo', account: 'account-d.docusign.com' },
      },
    },
  },
  baseUrl: 'https://{base}/restapi/v2.1/accounts/{account}',
  ownHosts: ['{environment.account}'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with DocuSign',
      steps: [
        'Under Apps and Keys add an app, choose Authorization Code Grant and add the redirect address shown here.',
        'The integration key is the client id; add a secret key and copy it.',
        'A key made in the demo environment has to go live before production knows it.',
      ],
      obtain: {
        authorize: 'https://{environment.account}/oauth/auth',
        token,
        refresh: { rotates: 'always', lapses: { idleSeconds: 2_592_000 } },
        revoke: { none: 'Remove the app among those connected, in your DocuSign profile.' },
      },
      learn,
      // Without extended the thirty days are counted from consent.
      scopes: {
        ask: { signature: 'Send and manage envelopes', extended: 'Stay connected without asking again' },
        offer: { openid: 'Know that it is you' },
      },
    }),
    jwt: jwtAssertion({
      label: 'Signed token',
      docs: 'https://developers.docusign.com/platform/auth/jwt',
      steps: [
        'Under Apps and Keys add an app, generate an RSA key pair and copy the private key.',
        'The user id stands on the same page, or among the users of the account.',
        'Each user consents once in a browser, with the scopes signature and impersonation; until then it says consent_required.',
      ],
      settings: {
        clientId: { kind: 'text', label: 'Integration key', pattern: '^[0-9a-f-]{36}$' },
        user: { kind: 'text', label: 'User id', pattern: '^[0-9a-f-]{36}$' },
      },
      fields: { privateKey: { label: 'Private key', shape: 'pem' } },
      obtain: {
        as: 'grant',
        token,
        client: 'none',
        jwt: {
          alg: 'RS256',
          key: { field: 'privateKey' },
          claims: {
            iss: '{clientId}',
            sub: '{user}',
            aud: '{environment.account}',
            scope: 'signature impersonation',
          },
          lifeSeconds: 3600,
        },
        refresh: false,
      },
      learn,
    }),
  },
  check: { get: 'https://{environment.account}/oauth/userinfo', ok: { path: 'sub', exists: true } },
  identity: { id: 'sub', label: ['email', 'name'], at: '{account}' },
  guarded: ['ANY /connect/**', 'POST /users'],
  actions: {
    list_envelopes: {
      does: 'read',
      title: 'List envelopes',
      input: {
        from: { is: 'date', about: 'Changed since this day' },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      get: '/envelopes',
      query: { from_date: '{from}', count: '{limit}' },
      gives: 'envelopes',
      scopes: ['signature'],
    },
    list_recipients: {
      does: 'read',
      title: 'See who has signed',
      input: { envelope: { is: 'text', about: 'Id of the envelope' } },
      get: '/envelopes/{envelope}/recipients',
      scopes: ['signature'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.docusign.com/platform/auth/authcode.md',
      'https://developers.docusign.com/platform/auth/reference/obtain-access-token',
      'https://www.rubydoc.info/gems/docusign_esign/7.0.0/DocuSign_eSign/OAuth',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
