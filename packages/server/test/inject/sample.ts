/** Values made from a definition: the same every time, and secrets that can be told by their name. */
import { generateKeyPairSync } from 'node:crypto'
import {
  type Field,
  type Learn,
  type Method,
  publicValues,
  type Service,
  type Setting,
  settingsOf,
  type Values,
} from '@cardea/catalog'
import type { Party } from '../../src/oauth/party.ts'
import { Secret } from '../../src/secret.ts'

export const rsaKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

export interface Sample {
  open: Values
  /** What is known before anything was looked up. */
  early: Values
  secrets: Record<string, Secret>
  party: Party
}

/** Everything that a connection of this method could have, as if it had just been made. */
export function sampleOf(service: Service, method: Method): Sample {
  const settings = Object.fromEntries(
    Object.entries(settingsOf(service, method)).map(([name, setting]) => [name, sampleSetting(name, setting)]),
  )
  const learned = Object.fromEntries(
    Object.entries(method.learn ?? {}).flatMap(([name, learn]) => {
      const value = sampleLearned(learn, settings[name])
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const { values: open, faults } = publicValues(service, method, settings, learned)
  if (faults.length > 0)
    throw new Error(`no sample for ${faults.map(({ name, says }) => `${name}, which ${says}`).join('; ')}`)
  const heard = Object.entries(learned).filter(([name]) => typeof method.learn![name]!.from !== 'object')
  const early = publicValues(service, method, settings, Object.fromEntries(heard)).values
  const secrets: Record<string, Secret> = {}
  for (const [name, field] of Object.entries({ ...method.fields, ...method.app?.fields })) {
    secrets[name] = Secret.of(sampleField(name, field, method))
  }
  const ownClient = 'clientId' in secrets || method.obtain.by === 'nothing'
  if (method.obtain.by === 'login')
    for (const name of Object.keys(method.obtain.gives)) secrets[name] ??= secretNamed(name)
  else if (method.obtain.by !== 'nothing' && method.obtain.by !== 'jwt') {
    for (const name of ['accessToken', 'refreshToken', 'tokenSecret']) secrets[name] ??= secretNamed(name)
  }
  const party: Party = {
    service,
    method,
    open,
    secrets,
    redirectUri: 'https://cardea.example/oauth/callback',
    ...(ownClient ? {} : { client: { id: 'client-id', secret: secretNamed('clientSecret') } }),
  }
  return { open, early, secrets, party }
}

export function secretNamed(name: string): Secret {
  return Secret.of(`secret-${name}`)
}

function sampleSetting(name: string, setting: Setting): string {
  switch (setting.kind) {
    case 'choice':
      return (
        setting.default ?? (Array.isArray(setting.options) ? setting.options[0]! : Object.keys(setting.options)[0]!)
      )
    case 'text': {
      const known = setting.default ?? setting.example
      return known && new RegExp(setting.pattern).test(known) ? known : sampleText(setting.pattern)
    }
    case 'generated':
      return `generated-${name}`
    case 'host': {
      const known = setting.default ?? setting.example ?? 'host.example.com'
      return !setting.pattern || new RegExp(setting.pattern).test(known) ? known : sampleText(setting.pattern)
    }
    case 'url':
      return setting.default ?? setting.example ?? 'https://server.example.com'
    case 'path':
      return setting.default ?? setting.example ?? '/path'
  }
}

function sampleLearned(learn: Learn, setting: string | undefined): string | undefined {
  if (learn.pattern) return sampleText(learn.pattern)
  return setting
}

function sampleField(name: string, field: Field, method: Method): string {
  if (field.shape === 'pem') return rsaKey.privateKey
  if (field.shape === 'json') return JSON.stringify(jsonMembers(name, method))
  if (method.send.url !== undefined && field.pattern) return sampleText(field.pattern)
  return `secret-${name}`
}

function jsonMembers(field: string, method: Method): Record<string, string> {
  const learned = Object.values(method.learn ?? {}).flatMap((learn) =>
    learn.from === 'field' && learn.at === field && learn.member ? [[learn.member, sampleText(learn.pattern!)]] : [],
  )
  const key = 'jwt' in method.obtain ? method.obtain.jwt.key : undefined
  return Object.fromEntries([...learned, ...(key?.member ? [[key.member, rsaKey.privateKey]] : [])])
}

/** The plainest text that a pattern takes: first alternatives, fewest repetitions, one after the other from the start of a class. */
export function sampleText(pattern: string): string {
  const [text] = alternatives(pattern.replace(/^\^/, '').replace(/\$$/, ''), 0, 0)
  if (!new RegExp(pattern).test(text)) throw new Error(`${text} does not fit ${pattern}`)
  return text
}

function alternatives(pattern: string, at: number, depth: number): [string, number] {
  let text = ''
  let first: string | undefined
  while (at < pattern.length) {
    const char = pattern[at]!
    if (char === ')' && depth > 0) return [first ?? text, at + 1]
    if (char === '|') {
      first ??= text
      text = ''
      at++
      continue
    }
    let piece: (time: number) => string
    if (char === '(') {
      const inside = pattern.startsWith('(?:', at) ? at + 3 : at + 1
      const [group, end] = alternatives(pattern, inside, depth + 1)
      piece = () => group
      at = end
    } else if (char === '[') {
      const end = classEnd(pattern, at)
      const taken = charsOf(pattern.slice(at, end))
      piece = (time) => taken[time % taken.length]!
      at = end
    } else if (char === '\\') {
      const escaped = pattern[at + 1]!
      const plain = { d: '1', w: 'w', s: ' ', S: 's', D: 'd' }[escaped] ?? escaped
      piece = () => plain
      at += 2
    } else {
      piece = () => (char === '.' ? 'x' : char)
      at++
    }
    const [times, end] = repetitions(pattern, at)
    for (let time = 0; time < times; time++) text += piece(time)
    at = end
  }
  return [first ?? text, at]
}

function repetitions(pattern: string, at: number): [number, number] {
  const counted = /^\{(\d*)(,?)(\d*)\}/.exec(pattern.slice(at))
  if (counted) {
    const least = Number(counted[1] || 0)
    const most = counted[2] ? Number(counted[3] || least + 6) : least
    return [Math.min(Math.max(least, 6), most), at + counted[0].length]
  }
  if (pattern[at] === '+') return [6, at + 1]
  if (pattern[at] === '*') return [2, at + 1]
  if (pattern[at] === '?') return [0, at + 1]
  return [1, at]
}

function classEnd(pattern: string, at: number): number {
  for (let end = at + 1; end < pattern.length; end++) {
    if (pattern[end] === '\\') end++
    else if (pattern[end] === ']') return end + 1
  }
  return pattern.length
}

const PRINTABLE = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.'].concat([...'!#$%&*+/=~@:'])
function charsOf(set: string): string[] {
  const expression = new RegExp(set)
  const taken = PRINTABLE.filter((char) => expression.test(char))
  return taken.length > 0 ? taken : ['x']
}
