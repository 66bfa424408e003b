import { Problem } from '../errors.ts'
import { decodeUtf8, isKeepable, parseJson } from './json.ts'

/** Reads what a request carries: its body no further than the limit, its query and forms with each name once. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = () => new Problem('request.too_large', { limit })
  // The announced length is only a shortcut: a chunked body announces none, so what arrives is counted too.
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge()
  if (!request.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(cutShort)
      if (done) break
      size += value.byteLength
      if (size > limit) throw tooLarge()
      chunks.push(value)
    }
  } finally {
    // Not awaited: a sender that stalls would hold up the answer.
    reader.cancel().catch(() => {})
  }
  return Buffer.concat(chunks, size)
}

/** Whoever sends hung up, or was hung up on for being slow: no fault of ours. */
function cutShort(cause: unknown): never {
  throw Object.assign(new Problem('request.cut_short'), { cause })
}

/** The body as JSON; nothing at all reads as an empty object, so that an address whose fields are optional takes it. */
export function readJson(bytes: Uint8Array, contentType: string | null): unknown {
  if (bytes.byteLength === 0) return {}
  if (!isType(contentType, 'application/json')) throw new Problem('request.wrong_type')
  return parseJson(decodeUtf8(bytes))
}

export function readForm(bytes: Uint8Array, contentType: string | null): Record<string, string> {
  if (!isType(contentType, 'application/x-www-form-urlencoded')) throw new Problem('request.wrong_type')
  return readPairs(new URLSearchParams(decodeUtf8(bytes)))
}

/** Each name once: which of two values counts would be a matter of opinion, and of bypassing checks. */
export function readPairs(pairs: URLSearchParams): Record<string, string> {
  const values: Record<string, string> = Object.create(null)
  for (const [name, value] of pairs) {
    const message = name in values ? 'this name is given twice' : isKeepable(name + value) ? undefined : 'holds a NUL'
    if (message) throw new Problem('request.invalid', { issues: [{ path: name.slice(0, 100), message }] })
    values[name] = value
  }
  return values
}

function isType(contentType: string | null, expected: string): boolean {
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='))
  return essence.trim() === expected && (!charset || /^charset="?utf-8"?$/.test(charset))
}
