// Long: two ways to connect and two actions.
import { defineService } from '../define.ts'
import { basic, bearer } from '../kinds.ts'

export const segment = defineService({
  name: 'Segment',
  docs: 'https://docs.segmentapis.com/tag/Getting-Started',
  category: 'analytics',
  icon: { letters: 'Se', colour: '#43af79' },
  settings: {
    region: {
      kind: 'choice',
      label: 'Region of the workspace',
      default: 'us',
      options: {
        us: { label: 'United States', api: 'api.segmentapis.com', events: 'api.segment.io' },
        eu: { label: 'Europe', api: 'eu1.api.segmentapis.com', events: 'events.eu1.segmentapis.com' },
      },
    },
  },
  auth: {
    token: bearer({
      label: 'Public API token',
      steps: [
        'In Segment open Settings › Workspace settings › Access management › Tokens and create a Public API token.',
      ],
      token: { label: 'Token', pattern: '^sgp_[A-Za-z0-9]{64}$' },
      baseUrl: 'https://{region.api}',
    }),
    write_key: basic({
      label: 'Write key of a source',
      docs: 'https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/',
      steps: ['In Segment open the source, then Settings › API keys, and copy the write key.'],
      fields: { key: { label: 'Write key', pattern: '^[A-Za-z0-9]{20,64}$' } },
      user: '{key}',
      password: '',
      baseUrl: 'https://{region.events}',
      check: { none: 'events are accepted whatever the key, and each of them is kept' },
      identity: { none: 'the key does not say whose it is' },
    }),
  },
  check: { get: '/', ok: { path: 'data.workspace.id', exists: true } },
  identity: { id: 'data.workspace.id', label: ['data.workspace.name', 'data.workspace.slug'] },
  // Sources are shown with their write keys; functions run code and hold secrets.
  guarded: ['POST /invites', 'ANY /sources/*/writekey/**', 'ANY /functions/**', 'POST /users/**', 'POST /groups/**'],
  actions: {
    get_workspace: {
      does: 'read',
      title: 'Show the workspace',
      input: {},
      get: '/',
      gives: 'data.workspace',
      methods: ['token'],
    },
    track: {
      does: 'write',
      title: 'Record what a person did',
      input: {
        person: { is: 'text', about: 'Id of the person' },
        event: { is: 'text', about: 'Name of the event' },
        properties: { is: 'json', about: 'Details', optional: true },
      },
      post: '/v1/track',
      body: { userId: '{person}', event: '{event}', properties: '{properties}' },
      methods: ['write_key'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://raw.githubusercontent.com/api-evangelist/segment/main/collections/segment-workspaces-api.opencollection.json',
      'https://github.com/amp-labs/connectors',
    ],
  },
})
