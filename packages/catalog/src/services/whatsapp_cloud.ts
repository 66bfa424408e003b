// Long: one way to connect and three actions.
import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const whatsapp_cloud = defineService({
  name: 'WhatsApp Cloud API',
  docs: 'https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started',
  category: 'chat',
  icon: { slug: 'whatsapp' },
  settings: {
    phoneNumberId: {
      kind: 'text',
      label: 'Phone number id',
      hint: 'The id beside the number, not the number.',
      pattern: '^[0-9]{5,20}$',
    },
    version: { kind: 'text', label: 'Graph API version', default: 'v25.0', pattern: '^v[0-9]{1,3}\\.[0-9]$' },
  },
  baseUrl: 'https://graph.facebook.com/{version}',
  // Media: the address is given by a call and wants the same token.
  hosts: ['lookaside.fbsbx.com'],
  auth: {
    token: bearer({
      label: 'System user token',
      steps: [
        'At developers.facebook.com make an app with WhatsApp; under API Setup copy the phone number id.',
        'In Meta Business settings make a system user, assign it the app and the WhatsApp account, and generate a token with whatsapp_business_messaging and whatsapp_business_management.',
        'The token shown under API Setup ends after a day.',
      ],
      token: { label: 'Access token', pattern: '^EAA[A-Za-z0-9]+$' },
    }),
  },
  check: {
    get: '/{phoneNumberId}?fields=id,display_phone_number,verified_name',
    ok: { path: 'id', exists: true },
    proves: 'the token reaches this number',
  },
  identity: { id: 'id', label: ['display_phone_number', 'verified_name'] },
  // A dead token is 400 as often as 401.
  answers: { rejected: [{ status: 401 }, { path: 'error.code', is: 190 }] },
  guarded: [
    'ANY /oauth/**',
    'POST /*/access_tokens',
    'POST /*/system_user_access_tokens',
    'POST /*/subscribed_apps',
    'POST /*/register',
    'POST /*/deregister',
  ],
  actions: {
    send_message: {
      does: 'write',
      title: 'Answer somebody who wrote within the last day',
      input: {
        to: { is: 'text', about: 'Number with country code', example: '+44 20 7946 0000' },
        text: { is: 'text', about: 'The message' },
      },
      post: '/{phoneNumberId}/messages',
      body: { messaging_product: 'whatsapp', to: '{to}', type: 'text', text: { body: '{text}' } },
    },
    send_template: {
      does: 'write',
      title: 'Send an approved template',
      input: {
        to: { is: 'text', about: 'Number with country code' },
        template: { is: 'text', about: 'Name of the template', example: 'hello_world' },
        language: { is: 'text', about: 'Its language', default: 'en_US' },
      },
      post: '/{phoneNumberId}/messages',
      body: {
        messaging_product: 'whatsapp',
        to: '{to}',
        type: 'template',
        template: { name: '{template}', language: { code: '{language}' } },
      },
    },
    list_templates: {
      does: 'read',
      title: 'List templates',
      input: { account: { is: 'text', about: 'Id of the WhatsApp Business account' } },
      get: '/{account}/message_templates',
      gives: 'data',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started.md',
      'https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes',
      'https://raw.githubusercontent.com/ArnasDon/wacrm/main/docs/whatsapp-connection-troubleshooting.md',
    ],
  },
})
