import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

export const http_bearer = defineService({
  name: 'HTTP API (bearer token)',
  docs: 'https://www.rfc-editor.org/rfc/rfc6750',
  category: 'generic',
  icon: { letters: 'Be', colour: '#475569' },
  settings: {
    server: { kind: 'url', label: 'Base address', example: 'https://api.example.com/v1' },
    test: {
      kind: 'path',
      label: 'Path to try',
      hint: 'Something harmless that strangers may not read. Left empty, the token cannot be tested.',
      example: '/me',
      optional: true,
    },
    word: {
      kind: 'text',
      label: 'Word before the token',
      hint: 'Nearly always Bearer; some services want Token or another one.',
      default: 'Bearer',
      pattern: '^[A-Za-z][A-Za-z0-9_-]{0,30}$',
    },
  },
  baseUrl: '{server}',
  auth: {
    token: keys({
      label: 'Token',
      steps: [
        'Find the address of the API and a token in the documentation and settings of the service.',
        'Paste the token alone, without the word before it.',
      ],
      // No spaces, so that a pasted "Bearer …" is noticed.
      fields: { token: { label: 'Token', pattern: '^[!-~]+$' } },
      send: { headers: { authorization: '{word} {token}' } },
    }),
  },
  check: { get: '{test}', answer: 'any', proves: 'the path that you chose answers to this token' },
  identity: { none: 'an unknown service has no known way to say whose token it is' },
  verified: { on: '2026-11-20', by: ['https://www.rfc-editor.org/rfc/rfc6750'] },
})
