// Long: two ways to connect, five scopes to explain and two actions.
import { defineService } from '../define.ts'
import { apiKey, oauth2 } from '../kinds.ts'

export const klaviyo = defineService({
  name: 'Klaviyo',
  docs: 'https://developers.klaviyo.com/en/docs/set_up_oauth',
  category: 'marketing',
  icon: { letters: 'Kl', colour: '#232426' },
  baseUrl: 'https://a.klaviyo.com',
  // Without a revision every call is refused with 400.
  headers: { revision: '2024-10-15' },
  auth: {
    oauth: oauth2({
      label: 'Sign in with Klaviyo',
      steps: [
        'In Klaviyo open Integrations › Manage apps, create an app and add the redirect address shown here.',
        'Copy client id and secret, and give the app the scopes that are asked for here.',
      ],
      obtain: {
        authorize: 'https://www.klaviyo.com/oauth/authorize',
        token: 'https://a.klaviyo.com/oauth/token',
        client: 'basic',
        pkce: 'required',
        // After how long without use the refresh token lapses could not be confirmed.
        refresh: { rotates: 'never' },
        revoke: {
          url: 'https://a.klaviyo.com/oauth/revoke',
          client: 'basic',
          params: { token: '{liveToken}', token_type_hint: 'refresh_token' },
        },
      },
      scopes: {
        ask: { 'accounts:read': 'See the name of the account' },
        offer: {
          'profiles:read': 'See profiles',
          'lists:read': 'See lists',
          'campaigns:read': 'See campaigns',
          'events:read': 'See events',
        },
      },
    }),
    api_key: apiKey(
      'authorization',
      {
        label: 'Private API key',
        steps: [
          'In Klaviyo open Settings › API keys and create a private key; it needs at least read access to accounts.',
        ],
        key: { label: 'Private API key', pattern: '^pk_[A-Za-z0-9_]{34,100}$' },
      },
      'Klaviyo-API-Key {key}',
    ),
  },
  check: { get: '/api/accounts', ok: { path: 'data.0.id', exists: true } },
  identity: { id: 'data.0.id', label: 'data.0.attributes.contact_information.organization_name' },
  guarded: ['ANY /oauth/**', 'ANY /api/webhooks/**'],
  actions: {
    list_lists: {
      does: 'read',
      title: 'List lists',
      input: {},
      get: '/api/lists',
      gives: 'data',
      scopes: ['lists:read'],
    },
    find_profile: {
      does: 'read',
      title: 'Find a profile by address',
      input: { email: { is: 'email', about: 'Address of the person' } },
      get: '/api/profiles',
      query: { filter: 'equals(email,"{email}")' },
      gives: 'data',
      scopes: ['profiles:read'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.klaviyo.com/en/v2024-06-15/docs/set_up_oauth',
      'https://developers.klaviyo.com/en/v2023-10-15/docs/set-up-oauth',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
