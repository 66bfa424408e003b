/** The mistakes that must not compile. Each `@ts-expect-error` is one; tsc fails here if any of them gets through. */
import { defineService } from '../src/define.ts'
import type { NewConnection, services } from '../src/index.ts'
import { apiKey, bearer, keyPairJwt, keys, oauth2, twoStep } from '../src/kinds.ts'

const frame = {
  name: 'Example',
  docs: 'https://example.com/docs',
  category: 'developer',
  icon: { letters: 'Ex', colour: '#123456' },
  baseUrl: 'https://api.example.com',
  check: { get: '/me' },
  identity: { id: 'id' },
  verified: { on: '2026-11-20', by: ['https://example.com'] },
} as const
const region = {
  kind: 'choice',
  label: 'Region',
  options: { eu: { label: 'Europe', api: 'api.eu.example.com' } },
} as const
const token = bearer({ label: 'Token', steps: [], token: { label: 'Token' } })
const words = { label: 'Sign in', steps: [] } as const
const endpoints = { authorize: 'https://example.com/authorize', token: 'https://example.com/token' } as const

// What a definition may say.
defineService({
  ...frame,
  settings: { region },
  baseUrl: 'https://{region.api}/{region}/{tenant}',
  auth: {
    token,
    oauth: oauth2({
      ...words,
      obtain: { ...endpoints, pkce: 'refused' },
      learn: { tenant: { from: 'callback', at: 'tenant', pattern: '^[a-z]{1,9}$' } },
      send: { headers: { authorization: 'Bearer {accessToken}', 'client-id': '{clientId}' } },
    }),
  },
  actions: {
    find: {
      does: 'read',
      title: 'Find',
      input: { query: { is: 'text', about: 'Braces {are} text here' } },
      get: '/f',
      query: { q: '{query}' },
    },
    ask: { does: 'read', title: 'Ask', input: {}, post: '/graphql', graphql: '{ viewer { id } }' },
  },
})

// ── Placeholders ─────────────────────────────────────────────────────────────────────────────────────────────────────

defineService({
  ...frame,
  // @ts-expect-error no such setting
  baseUrl: 'https://{site}.example.com',
  auth: { token },
})
defineService({
  ...frame,
  // @ts-expect-error a secret must not shape an address
  baseUrl: 'https://{token}.example.com',
  auth: { token },
})
defineService({
  ...frame,
  settings: { region },
  // @ts-expect-error nothing of that name follows from the choice
  baseUrl: 'https://{region.web}',
  auth: { token },
})
defineService({
  ...frame,
  auth: {
    // @ts-expect-error {apiKye}: a field misspelt where it is sent
    keys: keys({ ...words, fields: { apiKey: { label: 'Key' } }, send: { headers: { 'x-api-key': '{apiKye}' } } }),
  },
})
defineService({
  ...frame,
  auth: {
    a: keys({ ...words, fields: { one: { label: 'One' } }, send: { query: { key: '{one}' } } }),
    // @ts-expect-error {one}: a field of another method
    b: keys({ ...words, fields: { two: { label: 'Two' } }, send: { query: { key: '{one}' } } }),
  },
})
defineService({
  ...frame,
  auth: {
    // @ts-expect-error {accessToken}: nothing was obtained
    keys: keys({ ...words, send: { headers: { authorization: 'Bearer {accessToken}' } } }),
    // @ts-expect-error {tenant}: neither setting nor learned
    oauth: oauth2({
      ...words,
      obtain: { authorize: 'https://example.com/{tenant}', token: 'https://example.com/token' },
    }),
    // @ts-expect-error {refreshToken}: this login gives `ticket` alone
    login: twoStep({
      ...words,
      obtain: { url: 'https://example.com/login', gives: { ticket: 't' } },
      send: { headers: { 'x-t': '{refreshToken}' } },
    }),
    // @ts-expect-error {issuer}: unknown claim
    jwt: keyPairJwt({
      ...words,
      fields: { key: { label: 'Key' } },
      obtain: { jwt: { alg: 'RS256', key: { field: 'key' }, claims: { iss: '{issuer}' }, lifeSeconds: 60 } },
    }),
  },
})
defineService({
  ...frame,
  auth: { token },
  // @ts-expect-error the check knows no secrets
  check: { get: '/keys/{token}' },
})
const send = { does: 'write', title: 'Send', input: { to: { is: 'email', about: 'To' } }, post: '/send' } as const
defineService({
  ...frame,
  auth: { token },
  // @ts-expect-error {recipient}: the input is called `to`
  actions: { send: { ...send, body: { title: '{to}', deep: [{ title: '{recipient}' }] } } },
})

// ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────

defineService({
  ...frame,
  auth: { token },
  // @ts-expect-error misspelt block
  acitons: {},
})
defineService({
  ...frame,
  auth: { token },
  // @ts-expect-error misspelt word in the check
  check: { get: '/me', okay: { path: 'id' } },
})
// @ts-expect-error misspelt word in obtain
oauth2({ ...words, obtain: { ...endpoints, pcke: 'refused' } })
// @ts-expect-error a value that does not exist
oauth2({ ...words, obtain: { ...endpoints, client: 'bassic' } })
// @ts-expect-error misspelt word in a field
bearer({ ...words, token: { label: 'Token', patern: '^x$' } })
// @ts-expect-error every method says how the credential is got
apiKey('x-key', { label: 'Key', key: { label: 'Key' } })
// @ts-expect-error a function is not data
keys({ ...words, send: { headers: { 'x-key': () => 'no' } } })
// @ts-expect-error documentation over http
defineService({ ...frame, docs: 'http://example.com', auth: { token } })
// @ts-expect-error no check, and no reason why
defineService({ ...frame, check: {}, auth: { token } })
// @ts-expect-error a category nobody knows
defineService({ ...frame, category: 'misc', auth: { token } })

// ── New connections ──────────────────────────────────────────────────────────────────────────────────────────────────

type New = NewConnection<typeof services>
const good: New[] = [
  { provider: 'datadog', method: 'keys', settings: { site: 'datadoghq.eu' }, credential: { apiKey: '…', appKey: '…' } },
  { provider: 'gmail', method: 'service_account', credential: { keyFile: '{}' } },
  {
    provider: 'snowflake',
    method: 'key_pair',
    settings: { account: 'A-B', user: 'ada' },
    credential: { privateKey: '…' },
  },
]
const site = { site: 'datadoghq.example' } as const
const credential = { apiKey: '', appKey: '' }
// @ts-expect-error no such site
export const elsewhere: New = { provider: 'datadog', method: 'keys', settings: site, credential }
// @ts-expect-error a key is missing
export const missing: New = { provider: 'datadog', method: 'keys', credential: { apiKey: '' } }
// @ts-expect-error no such method
export const method: New = { provider: 'github', method: 'password', credential: { token: '' } }
// @ts-expect-error no such service
export const service: New = { provider: 'gmial', method: 'oauth' }
// @ts-expect-error the subdomain has no default
export const setting: New = { provider: 'zendesk', method: 'oauth', settings: {} }
export default good
