// Long: three ways to connect and one action.
import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

// The secret part is kept apart from the public one, so that it can travel nowhere but to the host that was typed.
const whole = {
  server: {
    kind: 'url',
    label: 'Address',
    hint: 'Without the question mark and what follows it.',
    example: 'https://hooks.example.com/incoming/42',
  },
} as const

export const webhook = defineService({
  name: 'Webhook (any address)',
  docs: 'https://www.rfc-editor.org/rfc/rfc9110',
  category: 'generic',
  icon: { letters: 'Wh', colour: '#475569' },
  baseUrl: '{server}',
  auth: {
    address: keys({
      label: 'Secret address',
      steps: [
        'Where you want messages to arrive, make an incoming webhook and copy its address.',
        'Cut it at its last slash, and enter both parts here. The last part is kept secret.',
      ],
      settings: {
        server: {
          kind: 'url',
          label: 'Address up to its last slash',
          example: 'https://hooks.example.com/services/T000/B000',
        },
      },
      fields: { secret: { label: 'What follows the last slash', pattern: '^[A-Za-z0-9._~:@=+-]+$' } },
      send: { path: '/{secret}' },
    }),
    address_and_query: keys({
      label: 'Address with a secret behind its question mark',
      steps: [
        'Enter the address up to the question mark, and each name and value behind it; leave out what is not there.',
        'The names filled in are those that workflows of Microsoft use.',
      ],
      settings: {
        ...whole,
        first: { kind: 'text', label: 'First name', default: 'sig', pattern: '^[A-Za-z0-9_.-]{1,60}$' },
        second: { kind: 'text', label: 'Second name', default: 'api-version', pattern: '^[A-Za-z0-9_.-]{1,60}$' },
        third: { kind: 'text', label: 'Third name', default: 'sp', pattern: '^[A-Za-z0-9_.-]{1,60}$' },
        fourth: { kind: 'text', label: 'Fourth name', default: 'sv', pattern: '^[A-Za-z0-9_.-]{1,60}$' },
      },
      fields: {
        firstValue: { label: 'First value, decoded' },
        secondValue: { label: 'Second value', optional: true },
        thirdValue: { label: 'Third value', optional: true },
        fourthValue: { label: 'Fourth value', optional: true },
      },
      send: {
        query: {
          '{first}': '{firstValue}',
          '{second}': '{secondValue}',
          '{third}': '{thirdValue}',
          '{fourth}': '{fourthValue}',
        },
      },
    }),
    address_and_header: keys({
      label: 'Address and a secret header',
      steps: [
        'Enter the address of the webhook, and the header by which the receiver knows you.',
        'The value includes the word before it, where there is one: Bearer abc.',
      ],
      settings: {
        ...whole,
        header: { kind: 'text', label: 'Header', default: 'Authorization', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,60}$' },
      },
      fields: { secret: { label: 'Value of the header' } },
      send: { headers: { '{header}': '{secret}' } },
    }),
  },
  check: { none: 'every call is a message, and would set off whatever listens there' },
  identity: { none: 'a webhook does not say whose it is' },
  actions: {
    send: {
      does: 'write',
      title: 'Send a message',
      input: { payload: { is: 'json', about: 'What the other side receives', example: '{"text":"Hello"}' } },
      post: '',
      body: '{payload}',
    },
  },
  verified: { on: '2026-11-20', by: ['https://www.rfc-editor.org/rfc/rfc9110'] },
})
