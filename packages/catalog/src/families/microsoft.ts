/** What all services on Microsoft Entra share. The directory stands in the address of the token, so it belongs to the registered app. */
import { clientCredentials, oauth2 } from '../kinds.ts'
import type { Scopes } from '../types.ts'

const host = 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0'

export const microsoftSignIn = (scopes: Scopes) =>
  oauth2({
    label: 'Sign in with Microsoft',
    docs: 'https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow',
    steps: [
      'In the Entra admin centre open App registrations and register an app.',
      'Under Authentication add the platform Web with the redirect address shown here.',
      'Under Certificates & secrets make a client secret and note when it expires.',
    ],
    settings: {
      tenant: {
        kind: 'text',
        label: 'Directory',
        hint: 'common, organizations, consumers, or the id of one directory.',
        default: 'common',
        pattern: '^[A-Za-z0-9.-]{1,100}$',
      },
    },
    obtain: {
      authorize: `${host}/authorize`,
      token: `${host}/token`,
      client: 'body',
      extra: { authorize: { response_mode: 'query' } },
      answer: { lifetime: 3600 },
      // Each refresh brings a new refresh token; keeping the first one means silence after 90 days.
      refresh: { rotates: 'sometimes', withScope: true, lapses: { idleSeconds: 7_776_000 } },
      revoke: { none: 'Remove the app among the permissions of your Microsoft account.' },
    },
    scopes: { unlisted: ['offline_access'], ...scopes },
  })

/** Application permissions: no person, so nothing below /me works. */
export const microsoftApplication = (scope: string) =>
  clientCredentials({
    label: 'Application',
    docs: 'https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow',
    steps: [
      'Register an app, add application permissions, and let an administrator consent to them.',
      'Under Certificates & secrets make a client secret and note when it expires.',
    ],
    settings: { tenant: { kind: 'text', label: 'Directory id', pattern: '^[A-Za-z0-9.-]{1,100}$' } },
    fields: { clientId: { label: 'Application (client) id' }, clientSecret: { label: 'Client secret' } },
    obtain: {
      token: `${host}/token`,
      client: 'body',
      extra: { token: { scope } },
      answer: { lifetime: 3600 },
      refresh: false,
    },
  })
