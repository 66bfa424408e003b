import { lookup, Resolver } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import { Problem } from '../errors.ts'
import {
  canonicalHost,
  inRange,
  type Range,
  type RefusalReason,
  readAddress,
  readRange,
  refusedAddress,
} from './address.ts'

/**
 * Where requests may go whose address somebody outside chose. Promises: an address that was let through is the address that is
 * connected to, because whoever connects is given the addresses and never the name (a second look-up could answer otherwise: DNS
 * rebinding). Refuses everything that is not public, unless the operator has listed it; plain http, unless the host is listed.
 */
export interface Guard {
  /** Everything that can be said of an address without asking DNS. Throws `net.host_refused`. */
  check(url: string): URL
  /** Whether the operator has listed this host, whatever its port, or it is a server of this process: it may be called without TLS. */
  allowsPlainHttp(host: string): boolean
  /**
   * The addresses to connect to, in order, each of them checked. One refused address refuses the whole name. Without the port that
   * `check` let through, servers of this process are refused like everything else here.
   */
  resolvePinned(host: string, signal?: AbortSignal, port?: string): Promise<readonly Pinned[]>
}

export interface Pinned {
  address: string
  family: 4 | 6
}

/** Every address of a name; rejects as node:dns does. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>

export interface GuardOptions {
  /** Names, `*.` and a name, addresses, and ranges as 10.0.0.0/8. */
  allowed?: readonly string[]
  /** Servers of this process, as 127.0.0.1:4781: reached at that address and port alone, so that nothing else here comes into reach. */
  own?: readonly string[]
  /** Instead of DNS: for names that others chose, and for those that the operator listed. */
  resolve?: Resolve
}

const LOOKUP_MILLISECONDS = 5000

// What a listed name may resolve to. A name is not enough for the rest: who controls its zone could reach the metadata of the machine.
const ALLOWED_BY_NAME: ReadonlySet<RefusalReason> = new Set([
  'a private address',
  'a loopback address',
  'a shared address of a carrier',
])

export function createGuard({ allowed = [], own = [], resolve }: GuardOptions = {}): Guard {
  const ranges: Range[] = []
  const names: string[] = []
  for (const entry of allowed) {
    const range = readRange(entry.replace(/^\[(.*)\]$/, '$1'))
    const name = range ? undefined : canonicalHost(entry.replace(/^\*\./, ''))
    if (range) ranges.push(range)
    else if (name && !readAddress(name)) names.push(entry.startsWith('*.') ? `.${name}` : name)
    else throw new Error(`"${entry}" is neither a host nor a range of addresses`)
  }

  const isListedName = (host: string) =>
    names.some((name) => (name.startsWith('.') ? host.endsWith(name) && host.length > name.length : host === name))
  const isListedAddress = (bytes: readonly number[]) => ranges.some((range) => inRange(bytes, range))

  /** Undefined when it may be called. */
  function whyNot(address: string, byName: boolean): RefusalReason | undefined {
    const reason = refusedAddress(address)
    const bytes = readAddress(address)
    if (!reason || (bytes && isListedAddress(bytes))) return undefined
    return byName && ALLOWED_BY_NAME.has(reason) ? undefined : reason
  }

  function isListed(host: string): boolean {
    const bytes = readAddress(host)
    return bytes ? isListedAddress(bytes) : isListedName(host)
  }

  async function lookUp(name: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
    const timeout = AbortSignal.timeout(LOOKUP_MILLISECONDS)
    const ends = signal ? AbortSignal.any([signal, timeout]) : timeout
    try {
      return await untilAborted((resolve ?? (isListedName(name) ? askSystem : askServers))(name, ends), ends)
    } catch (error) {
      signal?.throwIfAborted()
      const code = timeout.aborted ? 'timed out' : ((error as NodeJS.ErrnoException).code ?? 'no answer')
      throw unresolved(name, code, error)
    }
  }

  return {
    allowsPlainHttp: (host) => {
      if (own.includes(host)) return true
      const name = canonicalHost(host.replace(/:\d+$/, (port) => (isIPv6(host) ? port : '')))
      return name !== undefined && isListed(name)
    },

    check: (text) => {
      const url = URL.parse(text)
      const host = url && canonicalHost(url.hostname)
      if (!url || host == null || host === '') throw refusal('this', 'it is no address of the web')
      if (url.username !== '' || url.password !== '') throw refusal(host, 'it holds a name or a password')
      if (url.protocol === 'http:' && own.includes(url.host)) return url
      if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isListed(host))) {
        throw refusal(host, 'it is not reached over https')
      }
      const reason = readAddress(host) ? whyNot(host, false) : undefined
      if (reason) throw refusal(host, `it is ${reason}`)
      return url
    },

    resolvePinned: async (host, signal, port) => {
      const name = canonicalHost(host)
      if (name === undefined || name === '') throw refusal(host.slice(0, 100), 'it is no host')
      if (port && readAddress(name) && own.includes(`${name}:${port}`)) return [{ address: name, family: 4 }]
      const isAddress = readAddress(name) !== undefined
      const found = isAddress ? [name] : await lookUp(name, signal)
      for (const address of found) {
        const reason = whyNot(address, !isAddress && isListedName(name))
        if (reason) throw refusal(name, isAddress ? `it is ${reason}` : `it leads to ${reason}`)
      }
      if (found.length === 0) throw unresolved(name, 'no address')
      return found.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
    },
  }
}

/** As every program of this machine resolves: the hosts file too. For names that the operator has listed. */
async function askSystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address)
}

/**
 * Straight from the name servers. The system's resolver would answer names of this machine and its network, and blocks one of the
 * few threads that files and passwords need too: slow name servers of an attacker would stop the server.
 */
async function askServers(name: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 1500, tries: 2 })
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (found.length === 0 && failed) throw failed.reason
    return found
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function refusal(host: string, why: string): Problem {
  return new Problem('net.host_refused', { host, why })
}

function unresolved(host: string, code: string, cause?: unknown): Problem {
  return Object.assign(new Problem('net.failed', { host, kind: 'dns', why: `its name was not resolved (${code})` }), {
    cause,
  })
}
