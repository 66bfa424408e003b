// Long: two ways to connect, eight scopes to explain and two actions.
import { defineService } from '../define.ts'
import { googleLimits, googleServiceAccount, googleSignIn } from '../families/google.ts'

const scopes = {
  ask: { 'https://www.googleapis.com/auth/calendar.readonly': 'Read your calendars and their events' },
  offer: {
    'https://www.googleapis.com/auth/calendar.events': 'Create, change and delete events',
    'https://www.googleapis.com/auth/calendar': 'Everything, sharing and deleting calendars included',
    'https://www.googleapis.com/auth/calendar.settings.readonly': 'See your calendar settings',
  },
} as const

export const google_calendar = defineService({
  name: 'Google Calendar',
  docs: 'https://developers.google.com/workspace/calendar/api/auth',
  category: 'calendar',
  icon: { slug: 'googlecalendar' },
  baseUrl: 'https://www.googleapis.com',
  auth: {
    oauth: googleSignIn('Google Calendar API', scopes),
    service_account: googleServiceAccount('Google Calendar API', scopes),
  },
  // The id of the primary calendar is the address of the account; its title can be changed.
  check: { get: '/calendar/v3/calendars/primary', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: 'id' },
  answers: {
    limited: googleLimits,
    // 410 says here that a sync token is too old or an event already deleted, never that the API has gone.
    retired: [],
  },
  guarded: [
    'POST /calendar/v3/calendars/*/acl/**',
    'PUT /calendar/v3/calendars/*/acl/**',
    'PATCH /calendar/v3/calendars/*/acl/**',
    'POST /calendar/v3/calendars/*/events/watch',
    'POST /calendar/v3/users/me/calendarList/watch',
    'ANY /batch**',
  ],
  actions: {
    list_events: {
      does: 'read',
      title: 'List events',
      input: {
        calendar: { is: 'text', about: 'Calendar id', default: 'primary' },
        from: { is: 'time', about: 'Not before', optional: true },
        until: { is: 'time', about: 'Not after', optional: true },
        query: { is: 'text', about: 'Words to look for', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/calendar/v3/calendars/{calendar}/events',
      query: {
        timeMin: '{from}',
        timeMax: '{until}',
        q: '{query}',
        maxResults: '{limit}',
        singleEvents: 'true',
        orderBy: 'startTime',
      },
      gives: 'items',
      scopes: [
        'https://www.googleapis.com/auth/calendar.readonly',
        'https://www.googleapis.com/auth/calendar.events',
        'https://www.googleapis.com/auth/calendar',
      ],
    },
    // Guests are missing: no encoder makes their shape, { email }.
    create_event: {
      does: 'write',
      title: 'Create an event',
      input: {
        calendar: { is: 'text', about: 'Calendar id', default: 'primary' },
        title: { is: 'text', about: 'Title' },
        start: { is: 'time', about: 'Beginning' },
        end: { is: 'time', about: 'End' },
        text: { is: 'text', about: 'Description', optional: true },
        place: { is: 'text', about: 'Where', optional: true },
      },
      post: '/calendar/v3/calendars/{calendar}/events',
      body: {
        summary: '{title}',
        description: '{text}',
        location: '{place}',
        start: { dateTime: '{start}' },
        end: { dateTime: '{end}' },
      },
      scopes: ['https://www.googleapis.com/auth/calendar.events', 'https://www.googleapis.com/auth/calendar'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developers.google.com/calendar/api/auth?hl=en',
      'https://github.com/googleapis/google-api-python-client/blob/015199c1a20dbbc401b5452e0bba46e0ea54abbd/googleapiclient/discovery_cache/documents/calendar.v3.json',
    ],
  },
})
