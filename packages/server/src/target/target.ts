import { fillAddress, fillHost, type Method, missing, publicValues, type Service, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { isGuarded } from './guarded.ts'
import { checkedPath, checkedQuery, trimmedOfBase } from './path.ts'

/**
 * Which address is meant, and may the credential go there? Promises: an address is https, on a host that the definition lists, below
 * its base address, and is what the upstream will read, without dot segments, second authorities or doubtful escapes. Values of
 * settings and learned values are held against their patterns before they shape anything. Whether the host resolves to a private
 * address is the business of `net`.
 */
export interface Target {
  /** Checked values of a connection. Throws when one breaks its pattern. */
  valuesOf(service: Service, method: Method, settings: Values, learned?: Values): Values
  /** The addresses of the API, in the order in which they are tried; those that lack a learned value are left out. */
  bases(service: Service, method: Method, values: Values): string[]
  /** Where a caller's call goes. Without `host`, below the base address. */
  address(of: Described, call: WantedCall): Address
  /** Where a call of our own goes: a check, an identity, a look-up. Its template is a path, or a whole address; only an anonymous
   * call may leave the hosts of the service. */
  ownAddress(of: Described, template: string, anonymous?: boolean): Address
  /** Asked once more of the address as it will be sent. */
  permits(of: Described, url: string, who: 'caller' | 'own'): boolean
  /** Whether a call mints or reveals credentials. */
  guards(of: Described, method: string, address: Address): boolean
}
export interface Described {
  service: Service
  method: Method
  values: Values
  /** Which of the base addresses this connection uses. */
  base?: number
}
export interface WantedCall {
  path: string
  query?: string
  /** Another host of this service, with its port if it has one; the path is then the whole path. */
  host?: string
}
export interface Address {
  base: string
  path: string
  query: string
}

export interface TargetOptions {
  /** Hosts that the operator allowed to be reached without TLS. */
  allowsPlainHttp?: (host: string) => boolean
}

export function createTarget({ allowsPlainHttp = () => false }: TargetOptions = {}): Target {
  const bases = ({ service, method, values }: Described): string[] =>
    [method.baseUrl ?? service.baseUrl ?? []]
      .flat()
      .filter((template) => missing(template, values).length === 0)
      .map((template) => secured(filled(template, values)))

  function secured(address: string): string {
    const url = new URL(address)
    if (url.protocol !== 'https:' && !allowsPlainHttp(url.host)) {
      throw new Problem('service.host_not_allowed', { host: url.host, why: 'it is not reached over https' })
    }
    return address.replace(/\/+$/, '')
  }

  function baseOf(of: Described): string {
    const base = bases(of)[of.base ?? 0]
    if (base === undefined) throw new Problem('service.value_missing', { name: 'the base address' })
    return base
  }

  function onOtherHost(of: Described, { host, path, query = '' }: WantedCall): Address {
    const wanted = host!.toLowerCase()
    const listed = hosts(of, 'caller')
    if (!listed.some((pattern) => matchesHost(wanted, pattern))) {
      // The host of the base address alone is reachable only below the base address: others may share it.
      const base = bases(of).find((address) => new URL(address).host === wanted)
      if (!base) throw new Problem('service.host_not_allowed', { host: wanted.slice(0, 253), why: 'it is not listed' })
      const below = trimmedOfBase(new URL(base).pathname, checkedPath(path))
      if (below === undefined) throw new Problem('service.path_refused', { why: 'it is not below the base address' })
      return { base, path: below, query: checkedQuery(query) }
    }
    return { base: secured(`https://${wanted}`), path: checkedPath(path), query: checkedQuery(query) }
  }

  return {
    valuesOf(service, method, settings, learned = {}) {
      const { values, faults } = publicValues(service, method, settings, learned)
      const fault = faults[0]
      if (fault) throw new Problem('service.setting_refused', { name: fault.name, why: fault.says, faults })
      return values
    },
    bases: (service, method, values) => bases({ service, method, values }),
    address(of, call) {
      const address = call.host
        ? onOtherHost(of, call)
        : {
            base: of.method.send.url === undefined ? baseOf(of) : '',
            path: checkedPath(call.path),
            query: checkedQuery(call.query ?? ''),
          }
      if (address.base !== '') unchanged(address)
      return address
    },
    ownAddress(of, template, anonymous = false) {
      const relative = template === '' || template.startsWith('/') || /^\{[^}]*\}$/.test(template)
      if (relative) {
        const [path, query = ''] = split(isAbsent(template, of.values) ? '' : filledPath(template, of.values))
        return { base: of.method.send.url === undefined ? baseOf(of) : '', path, query }
      }
      const url = new URL(secured(filled(template, of.values)))
      if (!anonymous && !permits(of, url.href, 'own')) {
        throw new Problem('service.host_not_allowed', { host: url.host, why: 'it is not listed' })
      }
      return { base: url.origin, path: url.pathname, query: url.search.slice(1) }
    },
    permits,
    guards: ({ service, method, values }, verb, address) => {
      const whole = `${address.base === '' ? '' : new URL(address.base).pathname.replace(/\/$/, '')}${address.path}`
      const known = bases({ service, method, values })
      const relative = known
        .filter((candidate) => address.base !== '' && new URL(candidate).host === new URL(address.base).host)
        .map((candidate) => trimmedOfBase(new URL(candidate).pathname, whole))
      const paths = [address.path, whole, ...relative.filter((path) => path !== undefined)]
      return paths.some((path) => isGuarded(service.guarded ?? [], verb, path))
    },
  }

  function permits(of: Described, address: string, who: 'caller' | 'own'): boolean {
    const url = URL.parse(address)
    if (!url || url.username || url.password || url.hash) return false
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowsPlainHttp(url.host))) return false
    return [...hosts(of, who), ...hostsOfBases(of)].some((host) => matchesHost(url.host, host))
  }
}

/** Beside the hosts of the base addresses. Those that lack a value are left out. */
function hosts({ service, method, values }: Described, who: 'caller' | 'own'): string[] {
  const templates = [
    ...(service.hosts ?? []),
    ...(method.hosts ?? []),
    ...(who === 'own' ? (service.ownHosts ?? []) : []),
  ]
  return templates.flatMap((template) => {
    if (missing(template, values).length > 0) return []
    const wild = template.startsWith('*.')
    return [`${wild ? '*.' : ''}${translated(() => fillHost(wild ? template.slice(2) : template, values))}`]
  })
}

/** Known as soon as the host is, although the path behind it may still have to be learned. */
function hostsOfBases({ service, method, values }: Described): string[] {
  return [method.baseUrl ?? service.baseUrl ?? []].flat().flatMap((template) => {
    const origin = /^https?:\/\/[^/?#]*|^\{[^}]*\}/.exec(template)?.[0]
    if (origin === undefined || missing(origin, values).length > 0) return []
    return [new URL(filled(origin, values)).host]
  })
}

/** `*.` stands for one or more labels, never for none. Ports are part of the host. */
export function matchesHost(host: string, pattern: string): boolean {
  const plain = host.toLowerCase()
  if (!/^[a-z0-9.-]+(:[0-9]{1,5})?$/.test(plain) || plain.startsWith('.') || plain.includes('..')) return false
  if (!pattern.startsWith('*.')) return plain === pattern.toLowerCase()
  const suffix = pattern.slice(1).toLowerCase()
  return plain.length > suffix.length && plain.endsWith(suffix)
}

/** What a URL parser makes of it must be what was checked: otherwise two readers would disagree about the target. */
function unchanged({ base, path, query }: Address): void {
  const text = `${base}${path}${query === '' ? '' : `?${query}`}`
  const url = URL.parse(text)
  const before = new URL(base)
  if (!url || url.origin !== before.origin || url.username || url.password || url.hash) {
    throw new Problem('service.path_refused', { why: 'it would lead to another host' })
  }
  if (url.href !== text && !(path === '' && url.href === text.replace(/^([^?]*)/, '$1/'))) {
    throw new Problem('service.path_refused', { why: 'it can be read in two ways' })
  }
}

function filled(template: string, values: Values): string {
  return translated(() => fillAddress(template, values))
}

function filledPath(template: string, values: Values): string {
  const path = translated(() => new URL(fillAddress(`https://x${template.startsWith('/') ? template : ''}`, values)))
  if (template.startsWith('/')) return `${path.pathname}${path.search}`
  // The template is one setting that holds a whole path.
  return String(values[template.slice(1, -1)])
}

function isAbsent(template: string, values: Values): boolean {
  return template === '' || (/^\{[^}]*\}$/.test(template) && missing(template, values).length > 0)
}

function split(path: string): [string, string?] {
  const at = path.indexOf('?')
  return at < 0 ? [path] : [path.slice(0, at), path.slice(at + 1)]
}

function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Problem('service.cannot_place', { why: (error as Error).message })
  }
}
