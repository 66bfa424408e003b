/** What the two sides of a connection know: what a person and an administrator would type, and what only the service knows. */
import type { Field, Learn, Method, Service, Setting, Settings } from '@cardea/catalog'
import { type KeyPair, keyPairFor } from './key-pairs.ts'
import { type Answered, getAt, putAt } from './path.ts'
import { pick, type Random, sampleOf } from './pattern.ts'
import { consequences, derivedValues, type Values } from './values.ts'

export interface Account {
  /** What a person types. */
  readonly settings: Values
  readonly fields: Values
  /** Fields that look right and are not. */
  readonly wrongFields: Values
  /** What an administrator registered. */
  readonly app: { readonly clientId: string; readonly clientSecret: string; readonly fields: Values }
  readonly appKey: KeyPair
  readonly redirectUri: string
  /** What the service tells on the way. */
  readonly learned: Values
  /** Public values before anything is learned, and afterwards. */
  readonly before: Values
  readonly after: Values
  readonly jwtKey: KeyPair | undefined
}

export interface AccountChoices {
  readonly settings?: Values
  readonly fields?: Values
  readonly app?: { readonly clientId?: string; readonly clientSecret?: string; readonly fields?: Values }
  readonly redirectUri?: string
  /** Also fills what may be left empty. */
  readonly optional?: boolean
}

export function makeAccount(service: Service, method: Method, choices: AccountChoices, random: Random): Account {
  const all: Settings = { ...service.settings, ...method.settings }
  const settings = { ...sampleSettings(all, random, choices.optional === true), ...choices.settings }
  const jwt = 'jwt' in method.obtain ? method.obtain.jwt : undefined
  const jwtKey = jwt && keyPairFor(jwt.alg)
  const sample = (of: Readonly<Record<string, Field>> = {}, key = jwtKey) =>
    mapOf(of, (field, name) => {
      if (field.optional && !choices.optional) return undefined
      return sampleField(name, field, method, key, random)
    })
  const fields = { ...sample(method.fields), ...choices.fields }
  const wrongFields = { ...fields, ...sample(method.fields, jwt && keyPairFor(jwt.alg, 'other')) }
  const app = {
    clientId: choices.app?.clientId ?? fields.clientId ?? settings.clientId ?? `client-${opaque(random, 12)}`,
    clientSecret: choices.app?.clientSecret ?? fields.clientSecret ?? `s3cr%t+/=&~ ${opaque(random, 12)}`,
    fields: { ...sample(method.app?.fields), ...choices.app?.fields },
  }
  const learned = mapOf(method.learn ?? {}, (learn, name) =>
    learn.from === 'field' ? partOfField(learn, fields) : learnedValue(name, learn, all, settings, random),
  )
  const fromFields = mapOf(method.learn ?? {}, (learn, name) => (learn.from === 'field' ? learned[name] : undefined))
  const publicValues = (own: Values): Values => {
    const chosen = { ...settings, ...own }
    const values = { ...chosen, ...consequences(all, chosen) }
    return { ...values, ...derivedValues({ ...service.derive, ...method.derive }, values) }
  }
  return {
    settings,
    fields,
    wrongFields,
    app,
    appKey: keyPairFor('RS256'),
    redirectUri: choices.redirectUri ?? 'https://cardea.example.com/oauth/callback',
    learned,
    before: publicValues(fromFields),
    after: publicValues(learned),
    jwtKey,
  }
}

function sampleSettings(settings: Settings, random: Random, optional: boolean): Values {
  return mapOf(settings, (setting, name) =>
    setting.optional && !optional ? undefined : sampleSetting(name, setting, random),
  )
}

function sampleSetting(name: string, setting: Setting, random: Random): string {
  if (setting.kind === 'generated') return `made-${opaque(random, 24)}`
  if (setting.kind === 'choice') return setting.default ?? optionsOf(setting)[0]!
  const pattern = 'pattern' in setting ? setting.pattern : undefined
  const fits = (text: string | undefined) => text !== undefined && (!pattern || new RegExp(pattern).test(text))
  if (fits(setting.default)) return setting.default!
  if (fits(setting.example)) return setting.example!
  if (pattern) return sampleOf(pattern, random, true)
  return { host: 'host.example.com', url: `https://${name.toLowerCase()}.example.com`, path: '/status', text: 'text' }[
    setting.kind
  ]
}

function optionsOf(setting: Setting & { kind: 'choice' }): string[] {
  return Array.isArray(setting.options) ? setting.options : Object.keys(setting.options)
}

function sampleField(name: string, field: Field, method: Method, key: KeyPair | undefined, random: Random): string {
  if (field.shape === 'json') return JSON.stringify(jsonField(name, method, key, random), null, 2)
  const signs = 'jwt' in method.obtain && method.obtain.jwt.key.field === name
  if (signs && key) return key.text
  if (field.shape === 'pem') return keyPairFor('RS256').text
  if (field.pattern) return sampleOf(field.pattern, random)
  // Without a pattern anything may come: what follows must survive every place a credential can stand in.
  return `k3y-%+/=&_~.${opaque(random, 20)}`
}

/** A key file: the members that the definition reads from it. */
function jsonField(name: string, method: Method, key: KeyPair | undefined, random: Random): Answered {
  const jwt = 'jwt' in method.obtain ? method.obtain.jwt : undefined
  const withKey = jwt?.key.field === name && key ? putAt({}, jwt.key.member ?? '', key.text) : {}
  return Object.values(method.learn ?? {})
    .filter((learn) => learn.from === 'field' && learn.at === name && learn.member !== undefined)
    .reduce((file, learn) => putAt(file, learn.member!, sampleOf(learn.pattern ?? '^[a-z]+$', random, true)), withKey)
}

function partOfField({ at, match, member }: Learn, fields: Values): string | undefined {
  const text = fields[at] ?? ''
  const whole = member === undefined ? text : String(getAt(JSON.parse(text), member))
  return match ? new RegExp(match).exec(whole)?.[1] : whole
}

/** Where a setting has that name, another value than the one typed: whoever keeps the old one goes to the wrong place. */
function learnedValue(name: string, { pattern }: Learn, settings: Settings, typed: Values, random: Random): string {
  const setting = Object.hasOwn(settings, name) ? settings[name] : undefined
  if (setting?.kind === 'choice') {
    const others = optionsOf(setting).filter((option) => option !== typed[name])
    return others.length > 0 ? pick(others, random) : typed[name]!
  }
  const own = pattern ?? (setting && 'pattern' in setting ? setting.pattern : undefined)
  return own ? sampleOf(own, random, true) : (typed[name] ?? 'learned')
}

export function opaque(random: Random, length: number): string {
  const letters = [...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789']
  return Array.from({ length }, () => pick(letters, random)).join('')
}

function mapOf<T>(of: Readonly<Record<string, T>>, make: (value: T, name: string) => string | undefined): Values {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(of)) {
    const text = make(value, name)
    if (text !== undefined) out[name] = text
  }
  return out
}
