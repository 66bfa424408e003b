// Long: three ways to sign in, two servers for each; what a mail is made of.
import { defineService } from '../define.ts'
import { oauth2, smtpImap } from '../kinds.ts'

export const smtp_imap = defineService({
  name: 'Email (SMTP and IMAP)',
  docs: 'https://www.rfc-editor.org/rfc/rfc8314',
  category: 'email',
  icon: { letters: '@', colour: '#4b5563' },
  settings: {
    user: { kind: 'text', label: 'User name', hint: 'Usually the whole address.', pattern: '^[^\\s]{1,254}$' },
    sender: {
      kind: 'text',
      label: 'Sender',
      hint: 'Where it differs from the user name.',
      pattern: '^[^\\s@<>]+@[^\\s@<>]+$',
      optional: true,
    },
  },
  auth: {
    password: smtpImap({
      label: 'Password',
      steps: [
        'Look up the outgoing and incoming server in the help pages of your provider.',
        'Gmail, iCloud, Yahoo and Fastmail want an app password made for this purpose; Microsoft 365 wants OAuth.',
      ],
      settings: {
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
      },
      fields: { password: { label: 'Password or app password' } },
      mail: {
        smtp: { host: '{smtpHost}', port: '{smtpPort}', security: '{smtpSecurity}' },
        imap: { host: '{imapHost}', port: '{imapPort}', security: '{imapSecurity}' },
        user: '{user}',
        sender: '{sender}',
        password: '{password}',
      },
      hosts: ['{smtpHost}', '{imapHost}'],
      identity: { from: 'values', id: 'user', label: ['sender', 'user'], at: '{smtpHost}' },
    }),
    // The servers are fixed: a token for somebody's whole mailbox goes to nobody else.
    google: oauth2({
      label: 'Google, with OAuth',
      docs: 'https://developers.google.com/workspace/gmail/imap/xoauth2-protocol',
      steps: ['Use an OAuth client as for Gmail, with the redirect address shown here.'],
      obtain: {
        authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
        token: 'https://oauth2.googleapis.com/token',
        client: 'body',
        extra: { authorize: { access_type: 'offline', prompt: 'consent' } },
        refresh: { rotates: 'never' },
        revoke: {
          url: 'https://oauth2.googleapis.com/revoke',
          client: 'none',
          params: { token: '{liveToken}' },
          ends: 'grant',
        },
      },
      scopes: { ask: { 'https://mail.google.com/': 'Read, send and delete mail through a mail program' } },
      send: {
        mail: {
          smtp: { host: 'smtp.gmail.com', port: '465', security: 'tls' },
          imap: { host: 'imap.gmail.com', port: '993', security: 'tls' },
          user: '{user}',
          sender: '{sender}',
          token: '{accessToken}',
        },
      },
      hosts: ['smtp.gmail.com', 'imap.gmail.com'],
    }),
    microsoft: oauth2({
      label: 'Microsoft 365, with OAuth',
      docs: 'https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth',
      steps: ['Register an app in Entra with the redirect address shown here.'],
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
      send: {
        mail: {
          smtp: { host: 'smtp.office365.com', port: '587', security: 'starttls' },
          imap: { host: 'outlook.office365.com', port: '993', security: 'tls' },
          user: '{user}',
          sender: '{sender}',
          token: '{accessToken}',
        },
      },
      hosts: ['smtp.office365.com', 'outlook.office365.com'],
    }),
  },
  // Signs in on both sides and leaves: nothing is sent, no mailbox is opened.
  check: { mail: 'login' },
  identity: { from: 'values', id: 'user', label: ['sender', 'user'] },
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        to: { is: 'email', about: 'Who receives it', many: true },
        cc: { is: 'email', about: 'Who receives a copy', many: true, optional: true },
        bcc: { is: 'email', about: 'Who receives one without the others knowing', many: true, optional: true },
        replyTo: { is: 'email', about: 'Where answers go', optional: true },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
        html: { is: 'text', about: 'The same as HTML', optional: true },
        attachments: {
          is: 'json',
          about: 'Files: a list of name, type and base64',
          optional: true,
          example: '[{"name":"note.txt","type":"text/plain","base64":"aGk="}]',
        },
      },
      mail: 'send',
    },
    list_messages: {
      does: 'read',
      title: 'List the newest messages',
      input: {
        mailbox: { is: 'text', about: 'Mailbox', default: 'INBOX' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
        unseen: { is: 'boolean', about: 'Only those that nobody has read', optional: true },
        since: { is: 'time', about: 'Only those that came at or after', optional: true },
      },
      mail: 'list',
    },
    read_message: {
      does: 'read',
      title: 'Read a message',
      input: {
        mailbox: { is: 'text', about: 'Mailbox', default: 'INBOX' },
        message: { is: 'integer', about: 'The uid of the message, as the list gives it' },
      },
      mail: 'read',
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.google.com/gmail/xoauth2_protocol',
      'https://techcommunity.microsoft.com/discussions/exchange_general/using-ms-client-credentials-oauth-flow-with-javamail/3609002/replies/3613280',
      'https://github.com/osTicket/osTicket-plugins/issues/264',
    ],
  },
})
