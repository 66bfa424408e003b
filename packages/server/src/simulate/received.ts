/** A request as it arrives, taken apart once: what every endpoint looks at. */
export interface PlainRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
}
export interface PlainAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly text: string
  /** Why the request cannot be read at all. */
  readonly faults: readonly string[]
}

export type Format = 'form' | 'json' | 'query' | 'empty'
export interface Params {
  readonly values: ReadonlyMap<string, string>
  readonly faults: readonly string[]
}

export function receive({ method, url, headers, body }: PlainRequest): Received {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body as string)
  const seen = new Map<string, string>()
  const faults: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase()
    if (seen.has(key)) faults.push(`the header ${key} is sent twice`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character would begin another header
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) faults.push(`the header ${key} holds a control character`)
    seen.set(key, value)
  }
  return { method: method.toUpperCase(), url: new URL(url), headers: seen, body: bytes, text: bytes.toString(), faults }
}

/** The parameters in the one place and form in which they are expected. */
export function paramsOf(received: Received, format: Format): Params {
  if (format === 'empty')
    return { values: new Map(), faults: received.body.length > 0 ? ['the body should be empty'] : [] }
  if (format === 'query') return fromPairs(received.url.searchParams)
  const wanted = format === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
  if (format === 'form' && received.body.length === 0) return { values: new Map(), faults: [] }
  const type = received.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== wanted) {
    return { values: new Map(), faults: [`content-type is ${type ?? 'missing'}, and ${wanted} is expected`] }
  }
  if (format === 'form') return fromPairs(new URLSearchParams(received.text))
  const json = jsonOf(received.text)
  if (json === undefined || json === null || typeof json !== 'object')
    return { values: new Map(), faults: ['the body is not a JSON object'] }
  return { values: new Map(Object.entries(json).map(([name, value]) => [name, String(value)])), faults: [] }
}

function fromPairs(pairs: URLSearchParams): Params {
  const values = new Map<string, string>()
  const faults: string[] = []
  for (const [name, value] of pairs) {
    if (values.has(name)) faults.push(`${name} is sent twice`)
    values.set(name, value)
  }
  return { values, faults }
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** User and password; undefined where there are none or the base64 is not in its one canonical form. */
export function basicOf(authorization: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1]
  if (!encoded) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  if (Buffer.from(text).toString('base64') !== encoded || !text.includes(':')) return undefined
  return { user: text.slice(0, text.indexOf(':')), password: text.slice(text.indexOf(':') + 1) }
}

export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): PlainAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

export function htmlAnswer(status: number, text: string): PlainAnswer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html><html><body><h1>${text}</h1></body></html>`,
  }
}

export function redirectTo(location: string): PlainAnswer {
  return { status: 302, headers: { location }, body: '' }
}
