/** What all services on Microsoft Entra share. The directory stands in the address of the token, so it belongs to the registered app. */
import { clientCredentials, oauth2 } from '../kinds.ts'
import type { Scopes } from '../types.ts'

const host = 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0'
const uuid = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'

export const graph = 'https://graph.microsoft.com/v1.0'

/** Needs `User.Read`. Guests and personal accounts have no `mail`. */
export const microsoftPerson = {
  from: { get: '/me?$select=id,mail,userPrincipalName' },
  id: 'id',
  label: ['mail', 'userPrincipalName'],
} as const

/** A batch hides the calls inside it; a subscription goes on telling somebody else. */
export const graphGuarded = ['POST /$batch', 'POST /subscriptions'] as const

/** `resources`: hosts beside the first that want an access token of their own, minted from the same refresh token. */
export const microsoftSignIn = (scopes: Scopes, resources: Readonly<Record<string, string>> = {}) =>
  oauth2({
    label: 'Sign in with Microsoft',
    docs: 'https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow',
    steps: [
      'In the Entra admin centre open App registrations and register an app for the kinds of account you mean.',
      'Under Authentication add the platform Web with the redirect address shown here.',
      'Under Certificates & secrets make a client secret, copy its value (not its id) and note when it expires.',
    ],
    settings: {
      tenant: {
        kind: 'text',
        label: 'Directory',
        hint: 'common, organizations, consumers, or the id or domain of one directory.',
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
      resources,
    },
    // Without offline_access there is no refresh token and no error either.
    scopes: {
      ...scopes,
      ask: { offline_access: 'Stay connected without asking again', ...scopes.ask },
      unlisted: ['offline_access'],
    },
  })

/** Application permissions on Microsoft Graph: no person, so nothing below /me works. */
export const graphApplication = () =>
  clientCredentials({
    label: 'Application',
    docs: 'https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow',
    steps: [
      'In the Entra admin centre register an app, add application permissions, and let an administrator consent to them.',
      'Under Certificates & secrets make a client secret, copy its value and note when it expires.',
      'Copy the directory id and the application id from the overview. Calls go to /users/{id} instead of /me.',
    ],
    settings: {
      tenant: { kind: 'text', label: 'Directory id or domain', pattern: '^[A-Za-z0-9.-]{1,100}$' },
      clientId: { kind: 'text', label: 'Application (client) id', pattern: uuid },
    },
    fields: { clientSecret: { label: 'Client secret' } },
    obtain: {
      token: `${host}/token`,
      client: 'body',
      extra: { token: { scope: 'https://graph.microsoft.com/.default' } },
      answer: { lifetime: 3600 },
      refresh: false,
    },
    // What the app may do is not known here: being refused for want of a permission proves it just as well.
    check: {
      get: '/organization?$select=id,displayName',
      ok: { path: 'value.0.id', exists: true },
      alsoOk: [{ status: 403, path: 'error.code', is: 'Authorization_RequestDenied' }],
    },
    identity: { from: 'values', id: ['tenant', 'clientId'], label: 'tenant' },
  })
