import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

const steps = [
  'Find the address of the API, the key, and the name under which it is sent, in the documentation of the service.',
]

export const http_api_key = defineService({
  name: 'HTTP API (API key)',
  docs: 'https://swagger.io/docs/specification/v3_0/authentication/api-keys/',
  category: 'generic',
  icon: { letters: 'Key', colour: '#475569' },
  settings: {
    server: { kind: 'url', label: 'Base address', example: 'https://api.example.com/v1' },
    test: {
      kind: 'path',
      label: 'Path to try',
      hint: 'Something harmless that strangers may not read. Left empty, the key cannot be tested.',
      example: '/me',
      optional: true,
    },
  },
  baseUrl: '{server}',
  auth: {
    header: keys({
      label: 'In a header',
      steps,
      settings: {
        header: { kind: 'text', label: 'Header', default: 'X-API-Key', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,60}$' },
      },
      fields: { key: { label: 'API key', hint: 'With the word before it, where the service wants one: Token abc' } },
      send: { headers: { '{header}': '{key}' } },
    }),
    // Here the key ends up in the service's own access logs: a header is better where there is a choice.
    query_parameter: keys({
      label: 'In the query',
      steps,
      settings: {
        parameter: { kind: 'text', label: 'Parameter', default: 'api_key', pattern: '^[A-Za-z0-9_.-]{1,60}$' },
      },
      fields: { key: { label: 'API key' } },
      send: { query: { '{parameter}': '{key}' } },
    }),
    cookie: keys({
      label: 'In a cookie',
      steps,
      settings: { cookie: { kind: 'text', label: 'Cookie', default: 'session', pattern: '^[A-Za-z0-9_.-]{1,60}$' } },
      fields: { key: { label: 'Value', pattern: '^[!#-+--:<-\\[\\]-~]+$' } },
      send: { cookies: { '{cookie}': '{key}' } },
    }),
  },
  check: { get: '{test}', answer: 'any', proves: 'the path that you chose answers to this key' },
  identity: { none: 'an unknown service has no known way to say whose key it is' },
  verified: { on: '2026-11-20', by: ['https://swagger.io/docs/specification/v3_0/authentication/api-keys/'] },
})
