// Long: one way to connect, five scopes to explain and three actions.
import { defineService } from '../define.ts'
import { oauth2 } from '../kinds.ts'

export const spotify = defineService({
  name: 'Spotify',
  docs: 'https://developer.spotify.com/documentation/web-api/tutorials/code-flow',
  category: 'media',
  icon: { slug: 'spotify' },
  baseUrl: 'https://api.spotify.com/v1',
  auth: {
    oauth: oauth2({
      label: 'Sign in with Spotify',
      steps: [
        'In the Spotify developer dashboard make an app with the redirect address shown here. Spotify refuses http and localhost.',
        'While the app is in development mode its owner needs Premium, and only five people you name can connect.',
        'Copy client id and client secret from its settings.',
      ],
      obtain: {
        authorize: 'https://accounts.spotify.com/authorize',
        token: 'https://accounts.spotify.com/api/token',
        answer: { lifetime: 3600 },
        // Six months after the consent, however often it was used in between.
        refresh: { rotates: 'sometimes', lapses: { afterSeconds: 15_552_000 } },
        revoke: { none: 'Remove the app at spotify.com/account/apps.' },
      },
      scopes: {
        ask: { 'user-read-private': 'See your profile' },
        offer: {
          'user-read-email': 'See your address',
          'playlist-read-private': 'See your private playlists',
          'user-library-read': 'See what you saved',
          'playlist-modify-private': 'Create and change private playlists',
        },
      },
    }),
  },
  check: { get: '/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: ['display_name', 'id'] },
  actions: {
    search: {
      does: 'read',
      title: 'Find music and podcasts',
      input: {
        query: { is: 'text', about: 'What to look for' },
        type: {
          is: 'text',
          about: 'What kind',
          options: ['track', 'album', 'artist', 'playlist', 'show', 'episode'],
          default: 'track',
        },
      },
      get: '/search',
      query: { q: '{query}', type: '{type}' },
    },
    list_playlists: {
      does: 'read',
      title: 'List your playlists',
      input: { limit: { is: 'integer', about: 'How many at most', default: 20 } },
      get: '/me/playlists',
      query: { limit: '{limit}' },
      gives: 'items',
      scopes: ['playlist-read-private'],
    },
    create_playlist: {
      does: 'write',
      title: 'Create a private playlist',
      input: {
        name: { is: 'text', about: 'Name' },
        text: { is: 'text', about: 'Description', optional: true },
      },
      post: '/me/playlists',
      body: { name: '{name}', description: '{text}', public: false },
      scopes: ['playlist-modify-private'],
    },
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration',
      'https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide',
      'https://developer.spotify.com/blog/2025-10-14-reminder-oauth-migration-27-nov-2025',
      'https://github.com/NangoHQ/nango',
    ],
  },
})
