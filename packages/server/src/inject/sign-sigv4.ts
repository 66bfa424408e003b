import { createHash, createHmac } from 'node:crypto'
import { Problem } from '../errors.ts'
import type { Placed } from './call.ts'
import { membersOf, strictlyEncoded } from './query.ts'

/** Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
export interface SigV4Key {
  keyId: string
  secret: string
  session: string | undefined
  service: string
  region: string
  /** Services whose path is encoded once; they also take bodies that nobody hashed, and want the hash in a header. */
  encodeOnce: readonly string[]
}

/** Changed on the way, or not worth breaking a signature for. */
const UNSIGNED = new Set([
  'authorization',
  'connection',
  'user-agent',
  'accept',
  'accept-encoding',
  'accept-language',
  'content-length',
  'transfer-encoding',
  'expect',
  'x-amzn-trace-id',
])
const CHUNKED_BY_CALLER = /^STREAMING-AWS4/

export function signSigV4(request: Placed, key: SigV4Key, now: number): Placed {
  const url = new URL(request.url)
  const { service, region } = scopeOf(url.hostname, key)
  const once = key.encodeOnce.includes(service)
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const query = canonicalQuery(url.search.slice(1))
  const headers: Record<string, string> = { ...request.headers, 'x-amz-date': stamp }
  if (key.session) headers['x-amz-security-token'] = key.session
  const hash = payloadHash(request, headers, once)
  if (once) headers['x-amz-content-sha256'] = hash

  const signed = Object.entries({ ...headers, host: url.host })
    .filter(([name]) => !UNSIGNED.has(name))
    .map(([name, value]) => [name, value.trim().replaceAll(/ +/g, ' ')] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    request.method,
    canonicalPath(url.pathname, once),
    query,
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    hash,
  ].join('\n')
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')
  const signature = hmac(signingKey(key.secret, scope), toSign).toString('hex')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${key.keyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  // The query goes out as it was signed: a plus that one side reads as a space would break the signature.
  return { ...request, url: `${url.origin}${url.pathname}${query === '' ? '' : `?${query}`}`, headers }
}

/** A host such as `bucket.s3.eu-west-1.amazonaws.com` says both. */
function scopeOf(host: string, { service, region }: SigV4Key): { service: string; region: string } {
  const said = /^(?:.+\.)?([a-z0-9-]+)\.([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com(?:\.cn)?$/.exec(host)
  return said ? { service: said[1]!, region: said[2]! } : { service, region }
}

function payloadHash({ body }: Placed, headers: Readonly<Record<string, string>>, once: boolean): string {
  if (typeof body !== 'symbol') return sha256(body ?? '')
  const told = headers['x-amz-content-sha256'] ?? ''
  // Its chunks are signed with a key that the caller does not have.
  if (CHUNKED_BY_CALLER.test(told)) throw new Problem('service.body_signed_by_caller')
  // The service itself compares the body with the hash it was told.
  if (/^[0-9a-f]{64}$/.test(told)) return told
  if (!once) throw new Problem('service.body_not_whole')
  return told === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' ? told : 'UNSIGNED-PAYLOAD'
}

/** The path of a URL is encoded once already. */
function canonicalPath(path: string, once: boolean): string {
  const segments = path.split('/').map((segment) => strictlyEncoded(decodedSegment(segment)))
  if (once) return segments.join('/')
  const encoded = segments
    .filter((segment, at) => segment !== '' || at === 0 || at === segments.length - 1)
    .map(strictlyEncoded)
    .join('/')
  return encoded === '' ? '/' : encoded
}

function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) throw new Problem('service.path_refused', { why: 'it has a malformed escape' })
    throw error
  }
}

function canonicalQuery(query: string): string {
  return membersOf(query)
    .map(([name, value]) => [strictlyEncoded(name), strictlyEncoded(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : x > y ? 1 : 0) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function signingKey(secret: string, scope: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of scope.split('/')) key = hmac(key, part)
  return key
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
