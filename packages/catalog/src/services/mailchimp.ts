// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { basic, oauth2 } from '../kinds.ts'

const pattern = '^[a-z]{2}[0-9]{1,3}$'

export const mailchimp = defineService({
  name: 'Mailchimp',
  docs: 'https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/',
  category: 'marketing',
  icon: { slug: 'mailchimp' },
  baseUrl: 'https://{dc}.api.mailchimp.com/3.0',
  ownHosts: ['login.mailchimp.com'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Mailchimp',
      steps: [
        'In Mailchimp open Account › Extras › Registered apps and register an app with the redirect address shown here.',
        'For trials on your own computer that address must say 127.0.0.1 instead of localhost.',
      ],
      obtain: {
        authorize: 'https://login.mailchimp.com/oauth2/authorize',
        token: 'https://login.mailchimp.com/oauth2/token',
        client: 'body',
        pkce: 'refused',
        names: { scope: null },
        // Says that it lives for 0 seconds, and means for ever.
        answer: { zero: 'never', lifetime: 'never' },
        refresh: false,
        revoke: { none: 'In Mailchimp open Account › Extras › Authorized applications and disconnect it there.' },
      },
      learn: {
        dc: {
          from: {
            get: 'https://login.mailchimp.com/oauth2/metadata',
            headers: { authorization: 'OAuth {accessToken}' },
          },
          at: 'dc',
          pattern,
        },
      },
    }),
    api_key: basic({
      label: 'API key',
      docs: 'https://mailchimp.com/developer/marketing/guides/quick-start/',
      steps: [
        'In Mailchimp open Account › Extras › API keys and create one. What follows the dash names its data centre.',
      ],
      fields: { key: { label: 'API key', pattern: '^[0-9a-f]{32}-[a-z]{2}[0-9]{1,3}$' } },
      learn: { dc: { from: 'field', at: 'key', match: '-([a-z]{2}[0-9]{1,3})$', pattern } },
      user: 'anystring',
      password: '{key}',
    }),
  },
  check: { get: '/?fields=account_id,account_name,email', ok: { path: 'account_id', exists: true } },
  identity: { id: 'account_id', label: ['account_name', 'email'] },
  guarded: ['ANY /authorized-apps/**', 'ANY /lists/*/webhooks/**', 'ANY /batch-webhooks/**'],
  actions: {
    list_audiences: {
      does: 'read',
      title: 'List audiences',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/lists',
      query: { count: '{limit}' },
      gives: 'lists',
    },
    add_subscriber: {
      does: 'write',
      title: 'Invite somebody to an audience',
      input: {
        audience: { is: 'text', about: 'Id of the audience' },
        email: { is: 'email', about: 'Address' },
      },
      post: '/lists/{audience}/members',
      body: { email_address: '{email}', status: 'pending' },
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/requests/requests-oauthlib/pull/169',
      'https://github.com/thorning/node-mailchimp/issues/17',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
