// Long: five ways to connect.
import { defineService } from '../define.ts'
import { custom } from '../kinds.ts'

const steps = [
  'Look up in the documentation of the service which secrets it wants and under which names.',
  'Name each place and paste the value for it, with the word before it where there is one. Leave the others empty.',
]
// A value sits beside its name; an entry without a value is not sent at all.
const header = { kind: 'text', label: 'Header', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,60}$' } as const
const parameter = { kind: 'text', label: 'Parameter', pattern: '^[A-Za-z0-9_.-]{1,60}$' } as const
const member = { kind: 'text', label: 'Member', pattern: '^[A-Za-z0-9_-]{1,60}$' } as const

export const http_custom = defineService({
  name: 'HTTP API (several secrets)',
  docs: 'https://swagger.io/docs/specification/v3_0/authentication/',
  category: 'generic',
  icon: { letters: 'Cu', colour: '#475569' },
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
    several_headers: custom({
      label: 'Up to four headers',
      steps,
      settings: {
        firstHeader: { ...header, label: 'First header', example: 'X-App-Id' },
        secondHeader: { ...header, label: 'Second header', example: 'X-App-Key' },
        thirdHeader: { ...header, label: 'Third header', optional: true },
        fourthHeader: { ...header, label: 'Fourth header', optional: true },
      },
      fields: {
        first: { label: 'Value of the first header' },
        second: { label: 'Value of the second header' },
        third: { label: 'Value of the third header', optional: true },
        fourth: { label: 'Value of the fourth header', optional: true },
      },
      send: {
        headers: {
          '{firstHeader}': '{first}',
          '{secondHeader}': '{second}',
          '{thirdHeader}': '{third}',
          '{fourthHeader}': '{fourth}',
        },
      },
    }),
    several_parameters: custom({
      label: 'Up to three query parameters',
      steps,
      settings: {
        firstParameter: { ...parameter, label: 'First parameter', example: 'app_id' },
        secondParameter: { ...parameter, label: 'Second parameter', example: 'app_key' },
        thirdParameter: { ...parameter, label: 'Third parameter', optional: true },
      },
      fields: {
        first: { label: 'Value of the first parameter' },
        second: { label: 'Value of the second parameter' },
        third: { label: 'Value of the third parameter', optional: true },
      },
      send: {
        query: { '{firstParameter}': '{first}', '{secondParameter}': '{second}', '{thirdParameter}': '{third}' },
      },
    }),
    headers_and_parameters: custom({
      label: 'Headers and query parameters',
      steps,
      settings: {
        firstHeader: { ...header, label: 'First header', example: 'Authorization' },
        secondHeader: { ...header, label: 'Second header', optional: true },
        firstParameter: { ...parameter, label: 'First parameter', example: 'account' },
        secondParameter: { ...parameter, label: 'Second parameter', optional: true },
      },
      fields: {
        first: { label: 'Value of the first header' },
        second: { label: 'Value of the second header', optional: true },
        third: { label: 'Value of the first parameter' },
        fourth: { label: 'Value of the second parameter', optional: true },
      },
      send: {
        headers: { '{firstHeader}': '{first}', '{secondHeader}': '{second}' },
        query: { '{firstParameter}': '{third}', '{secondParameter}': '{fourth}' },
      },
    }),
    body_members: custom({
      label: 'Members of the body',
      steps,
      settings: {
        firstMember: { ...member, label: 'First member', example: 'client_id' },
        secondMember: { ...member, label: 'Second member', optional: true },
      },
      fields: {
        first: { label: 'Value of the first member' },
        second: { label: 'Value of the second member', optional: true },
      },
      send: { body: { '{firstMember}': '{first}', '{secondMember}': '{second}' } },
      check: { none: 'a body is only sent with calls that might change something' },
    }),
    basic_and_header: custom({
      label: 'User name, password and a header',
      steps: ['For services that want a key of their own in a header beside user name and password.'],
      settings: {
        user: { kind: 'text', label: 'User name', pattern: '^[^:\\s][^:]{0,253}$' },
        firstHeader: { ...header, example: 'X-API-Key' },
      },
      fields: { password: { label: 'Password' }, first: { label: 'Value of the header' } },
      send: { basic: { user: '{user}', password: '{password}' }, headers: { '{firstHeader}': '{first}' } },
    }),
  },
  check: { get: '{test}', answer: 'any', proves: 'the path that you chose answers to these' },
  identity: { none: 'an unknown service has no known way to say whose secrets these are' },
  verified: { on: '2026-11-20', by: ['https://swagger.io/docs/specification/v3_0/authentication/api-keys/'] },
})
