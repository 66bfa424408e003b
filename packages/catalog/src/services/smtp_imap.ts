import { defineService } from '../define.ts'
import { oauth2, smtpImap } from '../kinds.ts'

const servers = {
  smtpHost: { kind: 'host', label: 'SMTP host', example: 'smtp.example.com' },
  smtpPort: { kind: 'choice', label: 'SMTP port', options: ['465', '587', '2525'], default: '465' },
  smtpSecurity: {
    kind: 'choice',
    label: 'SMTP encryption',
    hint: 'tls with 465, starttls with 587. Never in clear.',
    options: ['tls', 'starttls'],
    default: 'tls',
  },
  imapHost: { kind: 'host', label: 'IMAP host', example: 'imap.example.com', optional: true },
  imapPort: { kind: 'choice', label: 'IMAP port', options: ['993', '143'], default: '993' },
  imapSecurity: { kind: 'choice', label: 'IMAP encryption', options: ['tls', 'starttls'], default: 'tls' },
  user: { kind: 'text', label: 'User name', hint: 'Usually the whole address.', pattern: '^[^\\s]{1,254}$' },
  sender: {
    kind: 'text',
    label: 'Sender',
    hint: 'Where it differs from the user name.',
    pattern: '^[^\\s@<>]+@[^\\s@<>]+$',
    optional: true,
  },
} as const
const where = {
  smtp: { host: '{smtpHost}', port: '{smtpPort}', security: '{smtpSecurity}' },
  imap: { host: '{imapHost}', port: '{imapPort}', security: '{imapSecurity}' },
  user: '{user}',
  sender: '{sender}',
} as const

export const smtp_imap = defineService({
  name: 'Email (SMTP and IMAP)',
  docs: 'https://www.rfc-editor.org/rfc/rfc8314',
  category: 'email',
  icon: { letters: '@', colour: '#4b5563' },
  settings: servers,
  hosts: ['{smtpHost}', '{imapHost}'],
  auth: {
    password: smtpImap({
      label: 'Password',
      steps: [
        'Look up the outgoing and incoming server in the help pages of your provider.',
        'Gmail, iCloud, Yahoo and Fastmail want an app password made for this purpose; Microsoft 365 wants OAuth.',
      ],
      fields: { password: { label: 'Password or app password' } },
      mail: { ...where, password: '{password}' },
    }),
    google: oauth2({
      label: 'Google, with OAuth',
      steps: ['Use an OAuth client as for Gmail. Servers: smtp.gmail.com 465 and imap.gmail.com 993.'],
      obtain: {
        authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
        token: 'https://oauth2.googleapis.com/token',
        client: 'body',
        extra: { authorize: { access_type: 'offline', prompt: 'consent' } },
        refresh: { rotates: 'never' },
      },
      scopes: { ask: { 'https://mail.google.com/': 'Read, send and delete mail through a mail program' } },
      send: { mail: { ...where, token: '{accessToken}' } },
      hosts: ['smtp.gmail.com', 'imap.gmail.com'],
    }),
    microsoft: oauth2({
      label: 'Microsoft 365, with OAuth',
      steps: [
        'Register an app in Entra with the redirect address shown here. Servers: smtp.office365.com 587 starttls and outlook.office365.com 993.',
      ],
      settings: { tenant: { kind: 'text', label: 'Directory', default: 'common', pattern: '^[A-Za-z0-9.-]+$' } },
      obtain: {
        authorize: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize',
        token: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
        client: 'body',
        refresh: { rotates: 'sometimes', withScope: true, lapses: { idleSeconds: 7_776_000 } },
      },
      scopes: {
        ask: {
          'https://outlook.office.com/SMTP.Send': 'Send mail',
          'https://outlook.office.com/IMAP.AccessAsUser.All': 'Read mail',
          offline_access: 'Stay connected without asking again',
        },
        unlisted: ['offline_access'],
      },
      send: { mail: { ...where, token: '{accessToken}' } },
      hosts: ['smtp.office365.com', 'outlook.office365.com'],
    }),
  },
  // Signs in on both sides and leaves: nothing is sent, no mailbox is opened.
  check: { mail: 'login' },
  identity: { from: 'values', id: 'user', label: ['sender', 'user'], at: '{smtpHost}' },
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        to: { is: 'email', about: 'Who receives it', many: true },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
      },
      mail: 'send',
    },
    list_messages: {
      does: 'read',
      title: 'List the newest messages',
      input: {
        mailbox: { is: 'text', about: 'Mailbox', default: 'INBOX' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      mail: 'list',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://www.rfc-editor.org/rfc/rfc8314',
      'https://developers.google.com/workspace/gmail/imap/xoauth2-protocol',
    ],
  },
})
