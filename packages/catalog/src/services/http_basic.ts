import { defineService } from '../define.ts'
import { basic } from '../kinds.ts'

export const http_basic = defineService({
  name: 'HTTP API (user name and password)',
  docs: 'https://www.rfc-editor.org/rfc/rfc7617',
  category: 'generic',
  icon: { letters: 'Ba', colour: '#475569' },
  settings: {
    server: { kind: 'url', label: 'Base address', example: 'https://api.example.com/v1' },
    test: {
      kind: 'path',
      label: 'Path to try',
      hint: 'Something harmless that strangers may not read. Left empty, nothing can be tested.',
      example: '/me',
      optional: true,
    },
  },
  baseUrl: '{server}',
  auth: {
    password: basic({
      label: 'User name and password',
      steps: ['Enter what you would type where a browser asks for user name and password.'],
      // A colon would end the user name.
      settings: { user: { kind: 'text', label: 'User name', pattern: '^[^:\\s][^:]{0,253}$' } },
      fields: { password: { label: 'Password' } },
      user: '{user}',
      password: '{password}',
    }),
    key_as_user: basic({
      label: 'Key as user name, no password',
      steps: ['Many services take a key in place of the user name and leave the password empty: paste the key.'],
      fields: { key: { label: 'Key', pattern: '^[^:]+$' } },
      user: '{key}',
      password: '',
      identity: { none: 'an unknown service has no known way to say whose key it is' },
    }),
    key_as_password: basic({
      label: 'Key as password, no user name',
      steps: ['Some services take a key in place of the password and leave the user name empty: paste the key.'],
      fields: { key: { label: 'Key' } },
      user: '',
      password: '{key}',
      identity: { none: 'an unknown service has no known way to say whose key it is' },
    }),
  },
  check: { get: '{test}', answer: 'any', proves: 'the path that you chose answers to these' },
  identity: { from: 'values', id: 'user', label: 'user', at: '{server}' },
  verified: { on: '2026-11-20', by: ['https://www.rfc-editor.org/rfc/rfc7617'] },
})
