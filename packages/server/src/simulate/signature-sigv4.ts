/** AWS Signature Version 4, as the receiving side computes it. */
import { createHash, createHmac } from 'node:crypto'
import { same } from './expected.ts'
import type { Received } from './received.ts'

export interface SigV4Rules {
  readonly keyId: string
  readonly secret: string
  readonly session: string | undefined
  readonly service: string
  readonly region: string
  readonly encodeOnce: readonly string[]
  readonly now: number
}
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})$/
const WINDOW = 15 * 60_000

export function faultsOfSigV4(received: Received, rules: SigV4Rules): string[] {
  const parts = AUTHORIZATION.exec(received.headers.get('authorization') ?? '')
  if (!parts) return ['the signature is missing or cannot be read']
  const [, keyId, day, region, service, list, signature] = parts as unknown as string[]
  const date = received.headers.get('x-amz-date') ?? ''
  const signedHeaders = list!.split(';')
  const faults: string[] = []
  const said = (fault: string, holds: boolean) => {
    if (!holds) faults.push(fault)
  }
  said('the key id is another', keyId === rules.keyId)
  said('x-amz-date is missing or of another day', date.startsWith(`${day}T`))
  said('x-amz-date is too far from now', Math.abs(instantOf(date) - rules.now) <= WINDOW)
  said('the signed headers are not in order', [...signedHeaders].sort().join(';') === list)
  said('host is not signed', signedHeaders.includes('host'))
  for (const name of received.headers.keys())
    said(`${name} is not signed`, !name.startsWith('x-amz-') || signedHeaders.includes(name))
  if (rules.session)
    said('the session token is missing', same(received.headers.get('x-amz-security-token'), rules.session))
  else said('a session token is sent that nobody gave', !received.headers.has('x-amz-security-token'))
  said('service or region are not those of the host', fitsHost(received.url.hostname, service!, region!, rules))
  const hash = createHash('sha256').update(received.body).digest('hex')
  const announced = received.headers.get('x-amz-content-sha256')
  said('x-amz-content-sha256 is not the hash of the body', announced === undefined || announced === hash)
  const request = canonicalRequest(received, signedHeaders, announced ?? hash, rules.encodeOnce.includes(service!))
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(request).digest('hex')].join('\n')
  const key = [day!, region!, service!, 'aws4_request'].reduce<Buffer>(
    (own, part) => createHmac('sha256', own).update(part).digest(),
    Buffer.from(`AWS4${rules.secret}`),
  )
  said('the signature is wrong', same(createHmac('sha256', key).update(text).digest('hex'), signature))
  return faults
}

function canonicalRequest(
  { method, url, headers }: Received,
  signed: readonly string[],
  hash: string,
  once: boolean,
): string {
  // The path as sent is encoded once; all services but a few want it encoded again.
  const path = url.pathname
    .split('/')
    .map((segment) => encode(once ? decodeURIComponent(segment) : segment))
    .join('/')
  const query = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name, ...value] = pair.split('=')
      return [name!, value.join('=')].map((part) => encode(decodeURIComponent(part))).join('=')
    })
    .sort()
    .join('&')
  const lines = signed.map((name) => {
    const value = name === 'host' ? url.host : (headers.get(name) ?? '')
    return `${name}:${value.trim().replace(/ +/g, ' ')}\n`
  })
  return [method, path || '/', query, lines.join(''), signed.join(';'), hash].join('\n')
}

/** Where the host names both, the host wins. */
function fitsHost(host: string, service: string, region: string, rules: SigV4Rules): boolean {
  const labels = host.split('.')
  if (labels.includes(rules.region) && !labels.includes(rules.service))
    return region === rules.region && labels.includes(service)
  return service === rules.service && region === rules.region
}

function instantOf(date: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
