// Long: two ways to connect, six scopes to explain and two actions.
import { defineService } from '../define.ts'
import { graph, graphApplication, graphGuarded, microsoftPerson, microsoftSignIn } from '../families/microsoft.ts'

export const microsoft_calendar = defineService({
  name: 'Outlook Calendar',
  docs: 'https://learn.microsoft.com/en-us/graph/api/resources/calendar',
  category: 'calendar',
  icon: { letters: 'Ca', colour: '#0078d4' },
  baseUrl: graph,
  auth: {
    oauth: microsoftSignIn({
      ask: {
        'User.Read': 'See who you are',
        'Calendars.ReadBasic': 'See your calendars and when events are, but not their descriptions',
      },
      offer: {
        'Calendars.Read': 'Read your calendars',
        'Calendars.Read.Shared': 'Read calendars that others share with you',
        'Calendars.ReadWrite': 'Create, change and delete events',
      },
    }),
    client_credentials: graphApplication(),
  },
  check: { get: '/me/calendars?$top=1&$select=id,name', ok: { path: 'value', exists: true } },
  identity: microsoftPerson,
  answers: {
    // Genuine, but the account has no mailbox in the cloud.
    restricted: [{ status: 403 }, { status: 404, path: 'error.code', is: 'MailboxNotEnabledForRESTAPI' }],
  },
  guarded: [
    ...graphGuarded,
    'ANY /me/calendar/calendarPermissions/**',
    'ANY /me/calendars/*/calendarPermissions/**',
    'ANY /users/*/calendar/calendarPermissions/**',
    'ANY /users/*/calendars/*/calendarPermissions/**',
  ],
  actions: {
    list_events: {
      does: 'read',
      title: 'List events',
      input: {
        from: { is: 'time', about: 'Beginning of the time to look at' },
        until: { is: 'time', about: 'End of the time to look at' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/me/calendarView',
      query: {
        startDateTime: '{from}',
        endDateTime: '{until}',
        $top: '{limit}',
        $orderby: 'start/dateTime',
        $select: 'id,subject,start,end,location,organizer,isAllDay,webLink',
      },
      gives: 'value',
      scopes: ['Calendars.Read', 'Calendars.ReadWrite'],
      methods: ['oauth'],
    },
    create_event: {
      does: 'write',
      title: 'Create an event',
      input: {
        title: { is: 'text', about: 'Title' },
        start: { is: 'time', about: 'Beginning' },
        end: { is: 'time', about: 'End' },
        text: { is: 'text', about: 'Description', optional: true },
        place: { is: 'text', about: 'Where', optional: true },
        guests: { is: 'email', about: 'Who is invited', many: true, optional: true },
      },
      make: { attendees: { by: 'mail_recipients', from: '{guests}' } },
      post: '/me/events',
      body: {
        subject: '{title}',
        body: { contentType: 'text', content: '{text}' },
        start: { dateTime: '{start}', timeZone: 'UTC' },
        end: { dateTime: '{end}', timeZone: 'UTC' },
        location: { displayName: '{place}' },
        attendees: '{attendees}',
      },
      scopes: ['Calendars.ReadWrite'],
      methods: ['oauth'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/09455a65abde17103c17fc70605c4c8553f01978/api-reference/v1.0/api/user-list-calendars.md',
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/c9bbab2c6d2a78652f5b597236adc465c53e0462/api-reference/v1.0/includes/permissions/user-list-calendars-permissions.md',
      'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/042230315ce88a0b11d0a3913859c869f1adc746/api-reference/v1.0/api/user-list-calendarview.md',
    ],
  },
})
