/** What Jira and Confluence in the cloud share: one sign-in for several sites, one kind of API token, one gateway. */
import { basic, oauth2 } from '../kinds.ts'
import type { Scopes } from '../types.ts'

const uuid = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

export const atlassianSignIn = (product: string, scopes: Scopes) =>
  oauth2({
    label: 'Sign in with Atlassian',
    steps: [
      `At developer.atlassian.com make an OAuth 2.0 integration and add the ${product} API with its scopes.`,
      'Under Authorization enter the redirect address shown here: an app has exactly one.',
      'Under Distribution switch sharing on, or nobody but you can consent.',
    ],
    obtain: {
      authorize: 'https://auth.atlassian.com/authorize',
      token: 'https://auth.atlassian.com/oauth/token',
      client: 'body',
      extra: { authorize: { audience: 'api.atlassian.com', prompt: 'consent' } },
      answer: { lifetime: 3600 },
      // For ten minutes the token just used still works; afterwards using it again counts as a theft.
      refresh: { rotates: 'always', graceSeconds: 600, lapses: { idleSeconds: 7_776_000, afterSeconds: 31_536_000 } },
      revoke: { none: 'Remove the app under Connected apps at id.atlassian.com.' },
    },
    // A grant is for every site the person ticked: which one is meant has to be picked.
    learn: {
      cloudId: {
        from: { get: 'https://api.atlassian.com/oauth/token/accessible-resources', list: '', label: 'name' },
        at: 'id',
        pattern: uuid,
      },
    },
    scopes,
  })

/**
 * Tokens with scopes work only at the gateway, tokens without only at the site, and nothing tells them apart but trying:
 * a service adds both as `baseUrl`.
 */
export const atlassianToken = () =>
  basic({
    label: 'API token',
    docs: 'https://id.atlassian.com/manage-profile/security/api-tokens',
    steps: [
      'At id.atlassian.com open Security › API tokens and make one, with or without scopes. It lives a year at most.',
    ],
    settings: {
      site: { kind: 'text', label: 'Site', example: 'acme', suffix: '.atlassian.net', pattern: '^[a-z0-9][a-z0-9-]*$' },
      email: { kind: 'text', label: 'Account address', pattern: '^[^\\s@]+@[^\\s@]+$' },
    },
    fields: { token: { label: 'API token', pattern: '^[A-Za-z0-9_=-]{20,}$' } },
    user: '{email}',
    password: '{token}',
    learn: {
      cloudId: {
        from: { get: 'https://{site}.atlassian.net/_edge/tenant_info', anonymous: true },
        at: 'cloudId',
        pattern: uuid,
      },
    },
  })
