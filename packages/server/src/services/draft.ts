import type { Service } from '@cardea/catalog'

/** A few questions, and the first draft of a definition that their answers make. It passes the rules; the rest is for its author. */
export interface Question {
  name: keyof Draft
  ask: string
  example: string
  /** What is taken when nothing is said; without one there must be an answer. */
  default?: (draft: Partial<Draft>) => string
  /** Asked only then. */
  when?: (draft: Partial<Draft>) => boolean
  choices?: readonly string[]
}

export type DraftMethod = 'bearer' | 'header' | 'query' | 'basic' | 'oauth'

export interface Draft {
  id: string
  name: string
  category: string
  docs: string
  baseUrl: string
  method: DraftMethod
  /** The header or parameter that carries a key. */
  key: string
  authorizeUrl: string
  tokenUrl: string
  scope: string
  check: string
  account: string
}

const isOauth = ({ method }: Partial<Draft>) => method === 'oauth'

export const questions: readonly Question[] = [
  { name: 'id', ask: 'Id, for good: lower case, digits, underscores', example: 'acme_crm' },
  {
    name: 'name',
    ask: 'Name',
    example: 'Acme CRM',
    default: ({ id = '' }) =>
      id
        .split('_')
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join(' '),
  },
  { name: 'category', ask: 'Category', example: 'crm', default: () => 'developer' },
  { name: 'docs', ask: "The vendor's page on getting credentials", example: 'https://acme.example.com/docs/api-keys' },
  { name: 'baseUrl', ask: 'Address of the API', example: 'https://api.acme.example.com' },
  {
    name: 'method',
    ask: 'How is it told who calls',
    example: 'bearer',
    choices: ['bearer', 'header', 'query', 'basic', 'oauth'],
    default: () => 'bearer',
  },
  {
    name: 'key',
    ask: 'Name of the header or parameter',
    example: 'x-api-key',
    default: ({ method }) => (method === 'query' ? 'api_key' : 'x-api-key'),
    when: ({ method }) => method === 'header' || method === 'query',
  },
  {
    name: 'authorizeUrl',
    ask: 'Authorize address',
    example: 'https://acme.example.com/oauth/authorize',
    when: isOauth,
  },
  { name: 'tokenUrl', ask: 'Token address', example: 'https://acme.example.com/oauth/token', when: isOauth },
  { name: 'scope', ask: 'The least scope that passes the check', example: 'profile:read', when: isOauth },
  { name: 'check', ask: 'Path of a harmless call that needs the credential', example: '/v1/me', default: () => '/me' },
  { name: 'account', ask: "Where the account's id is in its answer", example: 'data.id', default: () => 'id' },
]

export function draftService(draft: Draft, on: string): Service {
  const { name, docs, category, baseUrl, check, account } = draft
  return {
    name,
    docs: docs as Service['docs'],
    category: category as Service['category'],
    icon: { letters: initials(name), colour: '#4b5563' },
    baseUrl: baseUrl.replace(/\/+$/, ''),
    auth: methodOf(draft),
    check: { get: check, ok: { path: account, exists: true } },
    identity: { id: account },
    verified: { on, by: [docs] },
  }
}

function methodOf({ method, name, key, authorizeUrl, tokenUrl, scope }: Draft): Service['auth'] {
  const steps = [`In ${name} open the settings of your account and make a key for this purpose alone.`]
  const secret = { label: 'API key' }
  switch (method) {
    case 'oauth':
      return {
        oauth: {
          type: 'oauth2',
          label: `Sign in with ${name}`,
          steps: [
            `In ${name} register an app with the redirect address shown here.`,
            'Copy its client id and client secret.',
          ],
          obtain: { by: 'code', authorize: authorizeUrl, token: tokenUrl },
          send: { headers: { authorization: 'Bearer {accessToken}' } },
          scopes: { ask: { [scope]: 'Read your profile' } },
        },
      }
    case 'basic':
      return {
        password: {
          type: 'apikey',
          label: 'User name and password',
          steps,
          settings: { user: { kind: 'text', label: 'User name', pattern: '^[^\\s:]{1,254}$' } },
          fields: { password: { label: 'Password or key' } },
          obtain: { by: 'nothing' },
          send: { basic: { user: '{user}', password: '{password}' } },
        },
      }
    case 'bearer':
      return {
        token: {
          type: 'apikey',
          label: 'Token',
          steps,
          fields: { token: { label: 'Token' } },
          obtain: { by: 'nothing' },
          send: { headers: { authorization: 'Bearer {token}' } },
        },
      }
    default: {
      const place = method === 'query' ? { query: { [key]: '{key}' } } : { headers: { [key.toLowerCase()]: '{key}' } }
      return {
        api_key: {
          type: 'apikey',
          label: 'API key',
          steps,
          fields: { key: secret },
          obtain: { by: 'nothing' },
          send: place,
        },
      }
    }
  }
}

function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0]!) : [...(words[0] ?? '?')].slice(0, 2)
  return letters.join('')
}
