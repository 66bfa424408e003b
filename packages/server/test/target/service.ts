/** A made-up service with every way to shape an address. */
import type { Method, Service } from '@cardea/catalog'

export function defineHostile(baseUrl: string | string[] = 'https://api.example.com/v1'): {
  service: Service
  method: Method
} {
  const method: Method = {
    type: 'apikey',
    label: 'Key',
    steps: ['Make one.'],
    fields: { key: { label: 'Key' } },
    obtain: { by: 'nothing' },
    send: { headers: { 'x-key': '{key}' } },
    settings: { server: { kind: 'url', label: 'Server', optional: true } },
    learn: {
      instance: {
        from: 'token',
        at: 'instance',
        pattern: '^[a-z0-9]{1,20}\\.example\\.net$',
        optional: true,
      },
    },
  }
  const service: Service = {
    name: 'Example',
    docs: 'https://example.com/docs',
    category: 'developer',
    icon: { letters: 'Ex', colour: '#123456' },
    settings: {
      tenant: { kind: 'text', label: 'Tenant', pattern: '^[a-z0-9-]+$' },
      region: {
        kind: 'choice',
        label: 'Region',
        default: 'eu',
        options: { eu: { label: 'Europe', api: 'api.eu.example.com' }, us: { label: 'US', api: 'api.us.example.com' } },
      },
    },
    derive: { shout: { of: '{tenant}', by: ['upper'] } },
    baseUrl,
    hosts: ['{tenant}.example.com', '*.files.example.org', '{instance}', '{region.api}'],
    ownHosts: ['own.example.com'],
    guarded: [
      'POST /keys',
      'ANY /tokens/**',
      'GET /gen/**/api_keys/**',
      'ANY /batch**',
      'POST /u/*:*',
      'ANY /2/oauth/**',
    ],
    auth: { key: method },
    check: { get: '/me' },
    identity: { id: 'id' },
    verified: { on: '2026-11-20', by: ['https://example.com'] },
  }
  return { service, method }
}
