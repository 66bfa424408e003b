import type { Service } from '@cardea/catalog'
import { apiKey, device, oauth2 } from '@cardea/catalog/kinds'

/**
 * The sandbox as the catalog knows it. It keeps every rule of the catalog but one: its addresses are plain http on loopback, where
 * there is nobody to read along. A test holds it against the rules with an https address in the place of its own.
 */
export function definitionOf(issuer: string): Service {
  const page = `${issuer}/` as Service['docs']
  const token = `${issuer}/token`
  const shared = {
    token,
    refresh: { rotates: 'always', reuse: 'revokes_all', lapses: { idleSeconds: 1_209_600 } },
    revoke: { url: `${issuer}/revoke` },
  } as const
  const scopes = {
    ask: {
      'notes:read': 'Read your notes',
      'notes:write': 'Write notes',
      offline_access: 'Stay connected while you are away',
    },
    offer: { 'notes:delete': 'Delete your notes' },
  } as const
  return {
    name: 'Sandbox',
    docs: page,
    category: 'developer',
    icon: { letters: 'Sb', colour: '#7c3aed' },
    baseUrl: `${issuer}/api`,
    auth: {
      oauth: oauth2({
        label: 'Sign in with the Sandbox',
        steps: ['There is nothing to register: this server is known to its sandbox.'],
        obtain: {
          authorize: `${issuer}/authorize`,
          pkce: 'required',
          ...shared,
          // Without it no server that speaks OpenID Connect gives a refresh token.
          extra: { authorize: { prompt: 'consent' } },
        },
        scopes,
      }),
      device: device({
        label: 'With a code, on another device',
        steps: ['There is nothing to register: this server is known to its sandbox.'],
        obtain: { device: `${issuer}/device/code`, ...shared },
        scopes,
      }),
      key: apiKey('x-api-key', {
        label: 'API key',
        steps: ['Open the page of the sandbox, and copy the key of one of its two people.'],
        key: { label: 'API key', pattern: '^sbx_[A-Za-z0-9_-]{32}$', example: 'sbx_…' },
      }),
    },
    check: { get: '/me', ok: { path: 'id', exists: true } },
    identity: { from: 'check', id: 'id', label: 'email', team: 'team' },
    actions: {
      list_notes: { does: 'read', title: 'List your notes', input: {}, get: '/notes' },
      add_note: {
        does: 'write',
        title: 'Write a note',
        input: { text: { is: 'text', about: 'What the note says' } },
        post: '/notes',
        body: { text: '{text}' },
        scopes: ['notes:write'],
      },
    },
    verified: { on: '2026-11-20', by: ['https://github.com/panva/node-oidc-provider'] },
  }
}
