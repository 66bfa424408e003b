// Long: one way to connect and two actions.
import { defineService } from '../define.ts'
import { basic } from '../kinds.ts'

export const freshdesk = defineService({
  name: 'Freshdesk',
  docs: 'https://developers.freshdesk.com/api/#authentication',
  category: 'support',
  icon: { letters: 'Fd', colour: '#1a7f5a' },
  settings: {
    subdomain: {
      kind: 'text',
      label: 'Subdomain',
      example: 'acme',
      suffix: '.freshdesk.com',
      pattern: '^[a-z0-9][a-z0-9-]*$',
    },
  },
  baseUrl: 'https://{subdomain}.freshdesk.com',
  auth: {
    // The key is the user name; what stands for the password does not matter.
    api_key: basic({
      label: 'API key',
      steps: [
        'In Freshdesk click your picture, then Profile settings; the key is on the right.',
        'There is none until you have confirmed your e-mail address.',
      ],
      fields: { key: { label: 'API key', pattern: '^[0-9A-Za-z_-]{20,100}$' } },
      user: '{key}',
      password: 'X',
    }),
  },
  check: { get: '/api/v2/agents/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: 'contact.email', at: '{subdomain}' },
  guarded: ['POST /api/v2/agents', 'PUT /api/v2/agents/*', 'ANY /api/v2/automations/**'],
  actions: {
    list_tickets: {
      does: 'read',
      title: 'List tickets',
      input: { limit: { is: 'integer', about: 'How many at most', default: 30 } },
      get: '/api/v2/tickets',
      query: { per_page: '{limit}' },
    },
    create_ticket: {
      does: 'write',
      title: 'Open a ticket',
      input: {
        email: { is: 'email', about: 'Address of the customer' },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'Description' },
        priority: { is: 'integer', about: '1 is low, 4 is urgent', default: 1 },
      },
      make: { html: { by: 'html_paragraphs', from: '{text}' } },
      post: '/api/v2/tickets',
      body: { email: '{email}', subject: '{subject}', description: '{html}', priority: '{priority}', status: 2 },
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://www.unifyapps.com/docs/unify-automations/freshdesk',
      'https://unifyapps.com/docs/unify-integrations/freshdesk',
    ],
  },
})
