// Long: nine data centres, each with two hosts that follow no rule.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const zoho = defineService({
  name: 'Zoho',
  docs: 'https://www.zoho.com/accounts/protocol/oauth/multi-dc.html',
  category: 'crm',
  icon: { slug: 'zoho' },
  settings: {
    dataCentre: {
      kind: 'choice',
      label: 'Data centre',
      hint: 'Where your account began; if it lives elsewhere, Zoho says so when you come back.',
      default: 'us',
      options: {
        us: { label: 'United States', accounts: 'accounts.zoho.com', api: 'www.zohoapis.com' },
        eu: { label: 'Europe', accounts: 'accounts.zoho.eu', api: 'www.zohoapis.eu' },
        in: { label: 'India', accounts: 'accounts.zoho.in', api: 'www.zohoapis.in' },
        au: { label: 'Australia', accounts: 'accounts.zoho.com.au', api: 'www.zohoapis.com.au' },
        jp: { label: 'Japan', accounts: 'accounts.zoho.jp', api: 'www.zohoapis.jp' },
        ca: { label: 'Canada', accounts: 'accounts.zohocloud.ca', api: 'www.zohoapis.ca' },
        sa: { label: 'Saudi Arabia', accounts: 'accounts.zoho.sa', api: 'www.zohoapis.sa' },
        uk: { label: 'United Kingdom', accounts: 'accounts.zoho.uk', api: 'www.zohoapis.uk' },
        cn: { label: 'China', accounts: 'accounts.zoho.com.cn', api: 'www.zohoapis.com.cn' },
      },
    },
  },
  baseUrl: 'https://{api}',
  ownHosts: ['{accounts}'],
  auth: {
    oauth: oauth2({
      label: 'Sign in with Zoho',
      steps: [
        'At api-console.zoho.com make a server-based application with the redirect address shown here.',
        'In its settings switch on every data centre, with the same id and secret for all: else only people of your own can connect.',
      ],
      perConnection: ['dataCentre'],
      obtain: {
        authorize: 'https://{dataCentre.accounts}/oauth/v2/auth',
        // The exchange and every refresh must go to the server that issued the code.
        token: 'https://{accounts}/oauth/v2/token',
        client: 'body',
        extra: { authorize: { access_type: 'offline', prompt: 'consent' } },
        // Failures come with 200 and a member `error`.
        answer: { lifetime: 3600, separator: ' ' },
        // A person has at most twenty refresh tokens for one app; the next one silently ends the oldest.
        refresh: { rotates: 'never' },
        revoke: { url: 'https://{accounts}/oauth/v2/token/revoke', client: 'none', params: { token: '{liveToken}' } },
      },
      learn: {
        accounts: {
          from: 'callback',
          at: 'accounts-server',
          take: 'host',
          pattern: '^accounts\\.(zoho\\.(com|eu|in|com\\.au|jp|sa|uk|com\\.cn)|zohocloud\\.ca)$',
          fallback: '{dataCentre.accounts}',
        },
        api: {
          from: 'token',
          at: 'api_domain',
          take: 'host',
          pattern: '^www\\.zohoapis\\.(com|eu|in|com\\.au|jp|ca|sa|uk|com\\.cn)$',
          fallback: '{dataCentre.api}',
        },
      },
      scopes: {
        separator: ',',
        ask: { 'aaaserver.profile.READ': 'See who you are', 'ZohoCRM.users.READ': 'See users of the CRM' },
        offer: {
          'ZohoCRM.modules.READ': 'Read records of the CRM',
          'ZohoCRM.modules.ALL': 'Read and change records of the CRM',
          'Desk.tickets.READ': 'Read tickets of Desk',
        },
      },
      send: { headers: { authorization: 'Zoho-oauthtoken {accessToken}' } },
    }),
  },
  check: { get: 'https://{accounts}/oauth/user/info', ok: { path: 'ZUID', exists: true } },
  identity: { id: 'ZUID', label: 'Email', at: '{api}' },
  guarded: ['ANY /crm/*/actions/watch', 'POST /crm/*/users'],
  actions: {
    list_records: {
      does: 'read',
      title: 'List records of the CRM',
      input: {
        module: { is: 'text', about: 'Module', example: 'Leads' },
        fields: { is: 'text', about: 'Fields', many: true },
      },
      make: { columns: { by: 'comma_list', from: '{fields}' } },
      get: '/crm/v7/{module}',
      query: { fields: '{columns}' },
      gives: 'data',
      scopes: ['ZohoCRM.modules.READ', 'ZohoCRM.modules.ALL'],
    },
    create_record: {
      does: 'write',
      title: 'Create a record in the CRM',
      input: { module: { is: 'text', about: 'Module', example: 'Leads' }, values: { is: 'json', about: 'Its fields' } },
      post: '/crm/v7/{module}',
      body: { data: ['{values}'] },
      gives: 'data.0',
      scopes: ['ZohoCRM.modules.ALL'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://zoho.com/accounts/protocol/oauth/multi-dc.html',
      'https://zoho.com/accounts/protocol/oauth/multi-dc/client-authorization.html',
      'https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html',
      'https://docs.catalyst.zoho.com/es/api/oauth2/revoke-refresh-token/',
      'https://docs.unified.to/skills/zoho-api-console-oauth/SKILL.md',
    ],
  },
})
