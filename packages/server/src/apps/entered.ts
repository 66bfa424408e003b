import type { ClientAuth } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { algorithmOf } from '../oauth/oauth.ts'
import { Secret } from '../secret.ts'
import { faultOfField, faultOfTyped, isPlainLine, tidied, trimmed } from '../services/services.ts'
import type { Requirement } from './requirement.ts'

/** What an administrator typed about an app, held against what the definition wants. Nothing that is said about it holds a value. */
export interface GivenApp {
  clientId?: string | undefined
  clientAuth?: ClientAuth | undefined
  settings?: Readonly<Record<string, string>> | undefined
  extraScopes?: readonly string[] | undefined
  clientSecret?: string | undefined
  privateKey?: string | undefined
  keyId?: string | undefined
  fields?: Readonly<Record<string, string>> | undefined
}

/** By name: `clientSecret`, `privateKey`, and `field:` before those of the definition. */
export type AppSecrets = Readonly<Record<string, Secret>>
export const FIELD = 'field:'

export interface Issue {
  path: string
  message: string
}

const CLIENT_ID = /^[\x21-\x7e]{1,300}$/
const KEY_ID = /^[\x21-\x7e]{1,200}$/
/** RFC 6749, section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,300}$/
const MOST_SCOPES = 100
const LONGEST_NAME = 100

export function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new Problem('request.invalid', { issues: issues.slice(0, 20) })
}

export function readName(text: string, issues: Issue[]): string {
  const name = text.normalize('NFC').trim()
  if (name === '' || [...name].length > LONGEST_NAME || !isPlainLine(name)) {
    issues.push({ path: 'body.name', message: `must be 1 to ${LONGEST_NAME} characters that can be seen` })
  }
  return name
}

export function readClientId({ takesClient }: Requirement, typed: string | undefined, issues: Issue[]): string {
  const id = trimmed(typed ?? '')
  const file = (message: string) => issues.push({ path: 'body.clientId', message })
  if (!takesClient && id !== '') file('is known to no method of the app')
  else if (takesClient && id === '') file('is missing')
  else if (takesClient && !CLIENT_ID.test(id)) file('must be one line of letters, digits and signs')
  return id
}

/** All that belong to the app. What may stay empty is kept as empty, so that no member fills it in. */
export function readSettings(
  { settings }: Requirement,
  given: Readonly<Record<string, string>>,
  issues: Issue[],
): Record<string, string> {
  const read: Record<string, string> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) {
      issues.push({ path: `body.settings.${name.slice(0, 100)}`, message: 'is no setting of the app' })
    }
  }
  for (const [name, setting] of Object.entries(settings)) {
    const file = (message: string) => issues.push({ path: `body.settings.${name}`, message })
    const typed = Object.hasOwn(given, name) ? tidied(setting, given[name]!) : ''
    const value = typed || ('default' in setting ? (setting.default ?? '') : '')
    if (value === '') {
      if (!setting.optional) file('is missing')
      read[name] = ''
      continue
    }
    const fault = faultOfTyped(setting, value)
    if (fault) file(fault)
    else read[name] = value
  }
  return read
}

export function readScopes(requirement: Requirement, given: readonly string[], issues: Issue[]): string[] {
  const scopes = [...new Set(given.map(trimmed))].filter((scope) => scope !== '')
  const file = (message: string) => issues.push({ path: 'body.extraScopes', message })
  if (scopes.length > 0 && !requirement.takesScopes) file('is known to no method of the app')
  if (scopes.length > MOST_SCOPES) file(`must be ${MOST_SCOPES} at most`)
  if (!scopes.every((scope) => SCOPE.test(scope) && (requirement.separator === ' ' || !scope.includes(',')))) {
    file('must be scopes as the service writes them, one each')
  }
  return scopes
}

/** Those that were given, and no others. */
export function readSecrets(requirement: Requirement, given: GivenApp, issues: Issue[]): Record<string, Secret> {
  const read: Record<string, Secret> = {}
  const take = (
    name: string,
    path: string,
    typed: string | undefined,
    fault: (value: string) => string | undefined,
  ) => {
    const value = trimmed(typed ?? '')
    if (typed === undefined) return
    const message = value === '' ? 'is empty' : fault(value)
    if (message) issues.push({ path, message })
    else read[name] = Secret.of(value)
  }
  const unknown = () => 'is known to no method of the app'
  const { takesClient, fields, clientAuth } = requirement
  take('clientSecret', 'body.clientSecret', given.clientSecret, (value) =>
    takesClient ? faultOfField({ label: '' }, value) : unknown(),
  )
  take('privateKey', 'body.privateKey', given.privateKey, (value) =>
    clientAuth.includes('private_key') ? faultOfField({ label: '', shape: 'pem' }, value) : unknown(),
  )
  for (const [name, typed] of Object.entries(given.fields ?? {})) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    take(`${FIELD}${name}`, `body.fields.${name.slice(0, 100)}`, typed, (value) =>
      field ? faultOfField(field, value) : 'is no field of the app',
    )
  }
  return read
}

export interface KeyWords {
  key_id: string | null
  key_alg: 'RS256' | 'ES256' | null
}

/** Throws what is wrong with the key, in words that do not quote it. */
export function readKey(secrets: AppSecrets, keyId: string | undefined, issues: Issue[]): KeyWords {
  const id = trimmed(keyId ?? '')
  if (id !== '' && !KEY_ID.test(id)) issues.push({ path: 'body.keyId', message: 'must be one word' })
  const { privateKey } = secrets
  if (!privateKey) {
    if (id !== '') issues.push({ path: 'body.keyId', message: 'is of no use without the private key' })
    return { key_id: null, key_alg: null }
  }
  return { key_id: id || null, key_alg: algorithmOf(privateKey, 'privateKey') }
}

/** Whether an app with these can do what its methods ask of it. */
export function faultsOfWhole(
  { takesClient, clientAuth, fields }: Requirement,
  { auth, held }: { auth: ClientAuth | null; held: readonly string[] },
): Issue[] {
  const issues: Issue[] = []
  const has = (name: string) => held.includes(name)
  if (auth !== null && !clientAuth.includes(auth)) {
    const message = clientAuth.length === 0 ? 'is of no use here' : `must be one of ${clientAuth.join(', ')}`
    issues.push({ path: 'body.clientAuth', message })
  }
  const ways = auth === null ? clientAuth : [auth]
  const able = (way: ClientAuth) => way === 'none' || has(way === 'private_key' ? 'privateKey' : 'clientSecret')
  if (takesClient && issues.length === 0 && !ways.some(able)) {
    const path = ways.every((way) => way === 'private_key') ? 'body.privateKey' : 'body.clientSecret'
    issues.push({ path, message: 'is missing' })
  }
  for (const [name, field] of Object.entries(fields)) {
    if (!field.optional && !has(`${FIELD}${name}`)) issues.push({ path: `body.fields.${name}`, message: 'is missing' })
  }
  return issues
}
