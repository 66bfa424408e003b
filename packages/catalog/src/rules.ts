/**
 * What must hold of every definition, ours or brought from outside, beyond what its types say. Complaints name the spot and say
 * what to do; an empty list is a pass. Takes any value of the right shape: it does not run on unchecked input.
 */
import { placeholders, strayBraces } from './fill.ts'
import { readers } from './readers.ts'
import {
  appSettings,
  faultsOfAddress,
  faultsOfHost,
  faultsOfPerConnection,
  faultsOfWebhook,
} from './rules/addresses.ts'
import { credentialLeaves, faultsOfCalls, faultsOfPlaces, hostsOf } from './rules/calls.ts'
import { allNames, namesTaken, publicAndSecret, publicNames, templatesIn, unknownIn } from './rules/names.ts'
import { faultOfPattern } from './rules/patterns.ts'
import type { Method, Service, Settings } from './types.ts'

export { appSettings }

export interface Complaint {
  readonly where: string
  readonly says: string
}

const MOST_PATTERNS = 150
const VERBS = ['get', 'post', 'put', 'patch', 'delete', 'mail'] as const
/** The client's own, or the wire's: never a definition's to set. */
const FORBIDDEN_HEADERS =
  /^(host|content-length|connection|transfer-encoding|upgrade|te|trailer|proxy-.*|cookie|set-cookie)$/i

export function complaints(id: string, service: Service): Complaint[] {
  // First, and alone: the other rules try patterns out.
  const traps = ofPatterns(service)
  if (traps.length > 0) return traps
  const methods = Object.entries(service.auth)
  const everywhere = new Set(methods.flatMap(([, method]) => [...publicNames(service, method)]))
  return [
    ...unless(/^[a-z][a-z0-9_]{0,40}$/.test(id), 'id', 'must be lower case letters, digits and underscores'),
    ...unless(methods.length > 0, 'auth', 'has no method'),
    ...unless(
      /^\d{4}-\d{2}-\d{2}$/.test(service.verified.on) && service.verified.by.length > 0,
      'verified',
      'needs a date and a source',
    ),
    ...spots(service.verified.by, 'verified.by').flatMap(([spot, source]) =>
      unless(source.startsWith('https://'), spot, `${source} is not https`),
    ),
    ...unless(service.docs.startsWith('https://'), 'docs', 'is not https'),
    ...spots(service.guarded, 'guarded').flatMap(([spot, path]) =>
      unless(/^(GET|POST|PUT|PATCH|DELETE|ANY) \/\S+$/.test(path), spot, `${path} is not METHOD /path`),
    ),
    ...reasons(service.check, 'check'),
    ...reasons(service.identity, 'identity'),
    ...ofSettings(service.settings, 'settings'),
    ...namesTaken(service, ''),
    ...methods.flatMap(([name, method]) => ofMethod(`auth.${name}`, method, service)),
    ...ofActions(service, everywhere),
    ...faultsOfCalls(service),
    ...headersIn(service, ''),
    ...[...templatesIn({ ...service, settings: {}, docs: '' }, '')].flatMap(({ where, template }) =>
      unless(
        where.includes('.steps.') || where.includes('.hint') || !strayBraces(template),
        where,
        'has a brace that belongs to no placeholder',
      ),
    ),
  ]
}

function ofMethod(where: string, method: Method, service: Service): Complaint[] {
  const open = publicNames(service, method)
  const all = allNames(service, method)
  const bases = [method.baseUrl ?? service.baseUrl ?? []].flat()
  const hosts = hostsOf(service, method)
  const own = [...hosts, ...(service.ownHosts ?? [])]
  const check = method.check ?? service.check
  const identity = method.identity ?? service.identity
  const asked = 'from' in identity && typeof identity.from === 'object' ? identity.from : {}
  const lookUps = Object.entries(method.learn ?? {}).map(([name, { from }]) => [`${where}.learn.${name}.from`, from])
  const calls = [[`${where}.check`, check], [`${where}.identity.from`, asked], ...lookUps] as [string, object][]
  return [
    ...unless(method.steps.length > 0, `${where}.steps`, 'tell nobody how to get the credential'),
    ...unless(bases.length > 0 || Boolean(method.send.mail ?? method.send.url), `${where}.baseUrl`, 'is missing'),
    ...bases.flatMap((base) => faultsOfAddress(base, `${where}.baseUrl`, service, method)),
    ...[
      ...spots(service.hosts, 'hosts'),
      ...spots(service.ownHosts, 'ownHosts'),
      ...spots(method.hosts, `${where}.hosts`),
    ].flatMap(([spot, host]) => faultsOfHost(host, spot, service, method)),
    ...addressesOf(method, where).flatMap(([spot, address]) => faultsOfAddress(address, spot, service, method)),
    ...unknownIn({ baseUrl: bases, hosts, ownHosts: service.ownHosts, headers: service.headers }, where, open),
    ...unknownIn({ check, identity, derive: { ...service.derive, ...method.derive } }, where, open),
    ...unknownIn(
      { obtain: method.obtain, send: method.send, headers: method.headers, learn: method.learn },
      where,
      all,
    ),
    ...calls.flatMap(([spot, call]) => (typeof call === 'object' ? credentialLeaves(call, own, spot) : [])),
    ...faultsOfPerConnection(service, method, where),
    ...unusedFields(method, where),
    ...ofSettings(method.settings, `${where}.settings`),
    ...namesTaken(method, where),
    ...publicAndSecret(method, open, where),
    ...Object.entries(method.learn ?? {}).flatMap(([name, learn]) =>
      unless(
        Boolean(learn.pattern) || (open.has(name) && isSetting(name, service, method)),
        `${where}.learn.${name}`,
        'needs a pattern',
      ),
    ),
    ...faultsOfWebhook(method, hosts, where),
    ...faultsOfPlaces(service, method, where),
    ...unless(
      !method.retires || Object.hasOwn(service.auth, method.retires.use),
      `${where}.retires`,
      'names no other method',
    ),
    ...unless(!method.reader || Object.hasOwn(readers, method.reader), `${where}.reader`, 'is unknown'),
    ...Object.entries({ ...method.scopes?.ask, ...method.scopes?.offer }).flatMap(([scope, sentence]) =>
      unless(sentence.length > 5, `${where}.scopes`, `${scope} needs a sentence that a person understands`),
    ),
  ]
}

function addressesOf({ obtain }: Method, where: string): [spot: string, address: string][] {
  const record = obtain as unknown as Record<string, unknown>
  return ['', 'refresh', 'revoke', 'exchange'].flatMap((block) => {
    const part = block ? record[block] : record
    if (part === null || typeof part !== 'object') return []
    return ['authorize', 'token', 'device', 'url', 'request', 'resource', 'issuer'].flatMap((word) => {
      const address = (part as Record<string, unknown>)[word]
      return typeof address === 'string'
        ? [[`${where}.obtain.${block ? `${block}.` : ''}${word}`, address] as const]
        : []
    })
  }) as [string, string][]
}

function spots(values: readonly string[] = [], where: string): [spot: string, value: string][] {
  return values.map((value, index) => [`${where}.${index}`, value])
}

function ofActions(service: Service, open: ReadonlySet<string>): Complaint[] {
  const scopes = new Set(
    Object.values(service.auth).flatMap(({ scopes }) => Object.keys({ ...scopes?.ask, ...scopes?.offer })),
  )
  return Object.entries(service.actions ?? {}).flatMap(([name, action]) => {
    const where = `actions.${name}`
    const { input, make = {}, methods = [], scopes: needed = [], ...call } = action
    const used = new Set([...templatesIn([make, call], '')].flatMap(({ template }) => placeholders(template)))
    return [
      ...unless(/^[a-z][a-z0-9_]*$/.test(name), where, 'must be lower case'),
      ...unless(
        VERBS.filter((verb) => action[verb] !== undefined).length === 1,
        where,
        'needs exactly one of get, post, put, patch, delete, mail',
      ),
      ...unknownIn([make, call], where, new Set([...open, ...Object.keys(input), ...Object.keys(make)])),
      ...Object.keys(input).flatMap((key) =>
        unless(Boolean(action.mail) || used.has(key), where, `asks for ${key} and does not use it`),
      ),
      ...methods.flatMap((method) => unless(Object.hasOwn(service.auth, method), where, `${method} is no method`)),
      ...needed.flatMap((scope) => unless(scopes.has(scope), where, `${scope} is neither asked for nor offered`)),
    ]
  })
}

function ofSettings(settings: Settings = {}, where: string): Complaint[] {
  return Object.entries(settings).flatMap(([name, setting]) => {
    const spot = `${where}.${name}`
    if (!('default' in setting) || setting.default === undefined) return []
    if (setting.kind === 'choice') {
      const options = Array.isArray(setting.options) ? setting.options : Object.keys(setting.options)
      return unless(options.includes(setting.default), spot, 'has a default that is not an option')
    }
    const fits = !('pattern' in setting) || !setting.pattern || new RegExp(setting.pattern).test(setting.default)
    return unless(fits, spot, 'has a default that it would refuse')
  })
}

function unusedFields(method: Method, where: string): Complaint[] {
  const used = new Set(
    [...templatesIn([method.obtain, method.send, method.learn], '')].flatMap(({ template }) => placeholders(template)),
  )
  const named = JSON.stringify([method.obtain, method.learn])
  return Object.keys({ ...method.fields, ...method.app?.fields }).flatMap((field) => {
    const known = used.has(field) || field === 'clientId' || field === 'clientSecret' || named.includes(`"${field}"`)
    return unless(known, `${where}.fields.${field}`, 'is asked for and never used')
  })
}

function isSetting(name: string, service: Service, method: Method): boolean {
  return [service.settings, method.settings].some((settings) => settings !== undefined && Object.hasOwn(settings, name))
}

function reasons(block: object, where: string): Complaint[] {
  return 'none' in block
    ? unless(typeof block.none === 'string' && block.none.length > 10, where, 'needs a reason')
    : []
}

function ofPatterns(service: Service): Complaint[] {
  const found = [...patternsIn(service, '')]
  // Each takes a moment to judge.
  if (found.length > MOST_PATTERNS) return [{ where: '', says: `holds more than ${MOST_PATTERNS} patterns` }]
  const traps: Complaint[] = []
  for (const { where, pattern } of found) {
    const says = faultOfPattern(pattern)
    if (says) traps.push({ where, says })
    if (traps.length >= 5) break
  }
  return traps
}

function* patternsIn(value: unknown, where: string): Generator<{ where: string; pattern: string }> {
  if (value === null || typeof value !== 'object') return
  for (const [key, inner] of Object.entries(value)) {
    const spot = `${where}.${key}`
    if ((key !== 'pattern' && key !== 'match') || typeof inner !== 'string') yield* patternsIn(inner, spot)
    else yield { where: spot, pattern: key === 'match' ? `^${inner.replace(/^\^|\$$/g, '')}$` : inner }
  }
}

function headersIn(value: unknown, where: string): Complaint[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key !== 'headers' || inner === null || typeof inner !== 'object') return headersIn(inner, `${where}.${key}`)
    return Object.entries(inner).flatMap(([name, template]) => [
      ...unless(
        /^(\{[A-Za-z]+\}|[a-z0-9-]+)$/.test(name) && !FORBIDDEN_HEADERS.test(name),
        `${where}.headers.${name}`,
        'is not a header a definition may set, in lower case',
      ),
      ...unless(
        /^[\x20-\x7e]*$/.test(String(template)),
        `${where}.headers.${name}`,
        'has a character that a header cannot carry',
      ),
    ])
  })
}

function unless(holds: boolean, where: string, says: string): Complaint[] {
  return holds ? [] : [{ where, says }]
}
