import { defineService } from '../define.ts'
import { keys } from '../kinds.ts'

const settings = {
  host: {
    kind: 'host',
    label: 'Host',
    hint: 'The part between https:// and the next slash.',
    example: 'hooks.example.com',
  },
} as const
// Public host, secret rest: so nothing that holds the secret can be pointed elsewhere.
const rest = {
  label: 'Rest of the address',
  hint: 'From the slash behind the host to the end. It is kept secret.',
  pattern: '^/[!-~]{0,2000}$',
  example: '/services/T000/B000/XXXX',
} as const

export const webhook = defineService({
  name: 'Webhook (any address)',
  docs: 'https://www.rfc-editor.org/rfc/rfc9110',
  category: 'generic',
  icon: { letters: '↗', colour: '#475569' },
  settings,
  baseUrl: 'https://{host}',
  auth: {
    address: keys({
      label: 'Secret address',
      steps: [
        'Where you want messages to arrive, make an incoming webhook and copy its address.',
        'Enter it here in two parts: the host, and everything from the slash behind it.',
      ],
      fields: { rest },
      send: { path: '{rest}' },
    }),
    address_and_header: keys({
      label: 'Address and a secret header',
      steps: [
        'Enter the address of the webhook in two parts, and the header by which the receiver knows you.',
        'The value includes the word before it, where there is one: Bearer abc.',
      ],
      settings: {
        header: { kind: 'text', label: 'Header', default: 'Authorization', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,60}$' },
      },
      fields: { rest, secret: { label: 'Value of the header' } },
      send: { path: '{rest}', headers: { '{header}': '{secret}' } },
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
