// Long: two ways to connect, three scopes to explain and two actions.
import { defineService } from '../define.ts'
import { googleLimits, googleSignIn } from '../families/google.ts'
import { keys } from '../kinds.ts'

export const youtube = defineService({
  name: 'YouTube',
  docs: 'https://developers.google.com/youtube/v3/guides/auth/server-side-web-apps',
  category: 'media',
  icon: { slug: 'youtube' },
  baseUrl: 'https://www.googleapis.com',
  hosts: ['youtube.googleapis.com'],
  auth: {
    oauth: googleSignIn('YouTube Data API v3', {
      ask: { 'https://www.googleapis.com/auth/youtube.readonly': 'See your channel, playlists and subscriptions' },
      offer: {
        'https://www.googleapis.com/auth/youtube.upload': 'Upload videos',
        'https://www.googleapis.com/auth/youtube': 'Manage your channel',
      },
    }),
    api_key: keys({
      label: 'API key, public data only',
      docs: 'https://developers.google.com/youtube/v3/getting-started',
      steps: [
        'In the Google Cloud console choose a project and enable the YouTube Data API v3.',
        'Under Credentials make an API key, restrict it to that API, and copy it.',
      ],
      fields: { key: { label: 'API key', pattern: '^AIza[0-9A-Za-z_-]{35}$', example: 'AIza…' } },
      send: { query: { key: '{key}' } },
      check: { get: '/youtube/v3/i18nRegions?part=snippet', ok: { path: 'items', exists: true } },
      identity: { none: 'a key does not say whose it is' },
    }),
  },
  // An account without a channel is genuine too: it gets a list without items. Costs one of 10,000 units a day.
  check: {
    get: '/youtube/v3/channels?part=id,snippet&mine=true',
    ok: { path: 'kind', is: 'youtube#channelListResponse' },
  },
  identity: { id: 'items.0.id', label: 'items.0.snippet.title' },
  answers: {
    rejected: [{ status: 401 }, { status: 400, contains: 'API_KEY_INVALID' }],
    limited: googleLimits,
  },
  // A live stream shows its key.
  guarded: ['ANY /youtube/v3/liveStreams', 'ANY /batch**'],
  actions: {
    search_videos: {
      does: 'read',
      title: 'Find videos',
      input: {
        query: { is: 'text', about: 'As in the search box' },
        limit: { is: 'integer', about: 'How many at most', default: 10 },
      },
      get: '/youtube/v3/search',
      query: { part: 'snippet', type: 'video', q: '{query}', maxResults: '{limit}' },
      gives: 'items',
    },
    list_playlists: {
      does: 'read',
      title: 'List your playlists',
      input: { limit: { is: 'integer', about: 'How many at most', default: 25 } },
      get: '/youtube/v3/playlists',
      query: { part: 'snippet,contentDetails', mine: 'true', maxResults: '{limit}' },
      gives: 'items',
      scopes: ['https://www.googleapis.com/auth/youtube.readonly', 'https://www.googleapis.com/auth/youtube'],
      methods: ['oauth'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: ['https://developers.google.com/youtube/v3/getting-started', 'https://github.com/NangoHQ/nango'],
  },
})
