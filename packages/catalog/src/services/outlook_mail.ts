// Long: two ways to connect, seven scopes to explain and three actions.
import { defineService } from '../define.ts'
import { graph, graphApplication, graphGuarded, microsoftPerson, microsoftSignIn } from '../families/microsoft.ts'

// Mail programs (IMAP, SMTP) need a token of outlook.office.com, another resource than Graph: not offered here.
export const outlook_mail = defineService({
  name: 'Outlook mail',
  docs: 'https://learn.microsoft.com/en-us/graph/api/resources/mail-api-overview',
  category: 'email',
  icon: { letters: 'Ou', colour: '#0078d4' },
  baseUrl: graph,
  auth: {
    oauth: microsoftSignIn({
      ask: {
        'User.Read': 'See who you are',
        'Mail.ReadBasic': 'See senders, subjects and dates, but not what messages say',
      },
      offer: {
        'Mail.Read': 'Read all mail',
        'Mail.ReadWrite': 'Read, change and delete mail',
        'Mail.Send': 'Send mail as you',
        'MailboxSettings.Read': 'See your mailbox settings',
      },
    }),
    client_credentials: graphApplication(),
  },
  // Names and counts of a folder, no message.
  check: { get: '/me/mailFolders/inbox?$select=id,displayName,totalItemCount', ok: { path: 'id', exists: true } },
  identity: microsoftPerson,
  answers: {
    // Genuine, but the account has no mailbox in the cloud.
    restricted: [{ status: 403 }, { status: 404, path: 'error.code', is: 'MailboxNotEnabledForRESTAPI' }],
  },
  guarded: [
    ...graphGuarded,
    'POST /me/mailFolders/*/messageRules',
    'PATCH /me/mailFolders/*/messageRules/**',
    'POST /users/*/mailFolders/*/messageRules',
    'PATCH /users/*/mailFolders/*/messageRules/**',
  ],
  actions: {
    send_email: {
      does: 'write',
      title: 'Send an email',
      input: {
        to: { is: 'email', about: 'Who receives it', many: true },
        cc: { is: 'email', about: 'Who receives a copy', many: true, optional: true },
        subject: { is: 'text', about: 'Subject' },
        text: { is: 'text', about: 'The message' },
      },
      make: { recipients: { by: 'mail_recipients', from: '{to}' }, copies: { by: 'mail_recipients', from: '{cc}' } },
      post: '/me/sendMail',
      body: {
        message: {
          subject: '{subject}',
          body: { contentType: 'Text', content: '{text}' },
          toRecipients: '{recipients}',
          ccRecipients: '{copies}',
        },
      },
      scopes: ['Mail.Send'],
      methods: ['oauth'],
    },
    list_messages: {
      does: 'read',
      title: 'List the newest messages',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/me/messages',
      query: {
        $top: '{limit}',
        $orderby: 'receivedDateTime desc',
        $select: 'id,subject,from,toRecipients,receivedDateTime,isRead',
      },
      gives: 'value',
      scopes: ['Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite'],
      methods: ['oauth'],
    },
    search_messages: {
      does: 'read',
      title: 'Find messages',
      input: {
        query: { is: 'text', about: 'As in the search box', example: 'from:ada' },
        limit: { is: 'integer', about: 'How many at most', default: 20 },
      },
      get: '/me/messages',
      query: { $search: '"{query}"', $top: '{limit}', $select: 'id,subject,from,receivedDateTime,bodyPreview' },
      gives: 'value',
      scopes: ['Mail.Read', 'Mail.ReadWrite'],
      methods: ['oauth'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/007852ace71e63cb76552a3471aa71e7dee5f3e8/api-reference/v1.0/api/mailfolder-get.md',
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/c9bbab2c6d2a78652f5b597236adc465c53e0462/api-reference/v1.0/includes/permissions/mailfolder-get-permissions.md',
      'https://github.com/aomail-ai/aomail-app/issues/18',
      'https://github.com/MicrosoftDocs/azure-docs/blob/065ee0e9209a2b58a7ac01e2a42c20af0dd4ef53/articles/active-directory/develop/v2-oauth2-auth-code-flow.md',
    ],
  },
})
