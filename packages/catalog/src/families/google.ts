/** What all Google services share: one sign-in, one kind of service account, one way to end a grant, one way to say "later". */
import { jwtAssertion, oauth2 } from '../kinds.ts'
import type { Scopes } from '../types.ts'

const token = 'https://oauth2.googleapis.com/token'

/** Under its short name, `email`, it would be asked for but never named in the answer. */
export const googleEmail = {
  'https://www.googleapis.com/auth/userinfo.email': 'See the address of the account',
} as const

/** Who signed in: for APIs that cannot say so themselves. Works for people and service accounts that were asked for `googleEmail`. */
export const googleUserInfo = {
  host: 'openidconnect.googleapis.com',
  check: {
    get: 'https://openidconnect.googleapis.com/v1/userinfo',
    ok: { path: 'email', exists: true },
    proves: 'the sign-in; whether the API is switched on shows with the first call',
  },
  identity: { id: 'sub', label: 'email' },
} as const

/** A spent quota is 403 as often as 429, and says nothing about the credential. */
export const googleLimits = [
  { status: 429 },
  { status: 403, contains: 'ateLimitExceeded' },
  { status: 403, contains: 'quotaExceeded' },
] as const

/** Google names the API that must be switched on in the project: without it every call is refused. */
export const googleSignIn = (api: string, scopes: Scopes) =>
  oauth2({
    label: 'Sign in with Google',
    docs: 'https://developers.google.com/identity/protocols/oauth2/web-server',
    steps: [
      `In the Google Cloud console choose a project and enable the ${api}.`,
      'Fill in the consent screen. While it is External and in Testing, every connection ends after seven days.',
      'Under Credentials make an OAuth client of type Web application and add the redirect address shown here.',
    ],
    obtain: {
      authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
      token,
      client: 'body',
      // Only a consent screen that was really shown yields a refresh token.
      extra: { authorize: { access_type: 'offline', prompt: 'consent' } },
      answer: { lifetime: 3600 },
      refresh: { rotates: 'never', lapses: { idleSeconds: 15_552_000 } },
      // Ends everything this person granted to this client, other Google services too.
      revoke: {
        url: 'https://oauth2.googleapis.com/revoke',
        client: 'none',
        params: { token: '{liveToken}' },
        ends: 'grant',
      },
    },
    scopes,
  })

export const googleServiceAccount = (api: string, scopes: Scopes) =>
  jwtAssertion({
    label: 'Service account',
    docs: 'https://developers.google.com/identity/protocols/oauth2/service-account',
    steps: [
      `In the Google Cloud console enable the ${api}, then make a service account.`,
      'Under Keys add a key of type JSON and paste the whole file here. Share with its address whatever it is to see.',
      'To act for a person, allow the account under Domain-wide delegation in the Workspace admin console, with these scopes.',
    ],
    settings: {
      subject: {
        kind: 'text',
        label: 'Act for',
        hint: 'Address of a person in your Workspace',
        pattern: '^[^\\s@]+@[^\\s@]+$',
        optional: true,
      },
    },
    fields: { keyFile: { label: 'Key file', shape: 'json' } },
    learn: {
      clientEmail: {
        from: 'field',
        at: 'keyFile',
        member: 'client_email',
        pattern: '^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+\\.gserviceaccount\\.com$',
      },
      keyId: { from: 'field', at: 'keyFile', member: 'private_key_id', pattern: '^[0-9a-f]{40}$' },
    },
    obtain: {
      as: 'grant',
      token,
      client: 'none',
      jwt: {
        alg: 'RS256',
        key: { field: 'keyFile', member: 'private_key' },
        header: { kid: '{keyId}' },
        claims: { iss: '{clientEmail}', sub: '{subject}', scope: '{scopes}', aud: token },
        lifeSeconds: 3600,
      },
      answer: { lifetime: 3600 },
      refresh: false,
    },
    scopes,
  })
