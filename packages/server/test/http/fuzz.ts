import fc from 'fast-check'
import type { OpenApi, Operation } from '../../src/http/openapi.ts'
import type { Browser, TestApp } from '../app.ts'
import { type JsonSchema, mismatch, resolveSchema } from './json-schema.ts'

/**
 * Hostile, random and nearly right requests for every operation that the API describes. Looks only at what the
 * description promises: an answer in time, never a fault of ours, and in the shape that is described for its status.
 */
export interface Attack {
  method: string
  path: string
  operation: Operation
  who: 'nobody' | 'admin' | 'key' | 'operator'
  /** Instead of `{id}`: one that exists, by its number, or any text. */
  id: number | string
  query: string
  headers: Record<string, string>
  body: string | Uint8Array | undefined
}

const SECONDS = 5

// What has broken programs before.
const HOSTILE = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '😀',
  '\u202e',
  '../../etc/passwd',
  "' or 1=1 --",
  '"; drop table members; --',
  '%00',
  '%',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '1e309',
  '-0',
  '9'.repeat(400),
  'x'.repeat(3000),
  'true',
  '[]',
  '\r\nset-cookie: a=b',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00.000Z',
  'a@b.c',
  'ADA@EXAMPLE.COM',
  'deployment',
  'é'.normalize('NFD'),
]
const hostileText = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }))
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}, [[]], { a: { b: [] } }),
)

/** Values that fit a schema, and now and then do not. */
function anyValue(given: JsonSchema, root: JsonSchema): fc.Arbitrary<unknown> {
  const schema = resolveSchema(given, root)
  return fc.oneof({ weight: 12, arbitrary: fittingValue(schema, root) }, { weight: 1, arbitrary: hostileValue })
}

function fittingValue(schema: JsonSchema, root: JsonSchema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.type)) {
    return fc.constantFrom(...schema.type).chain((type) => fittingValue({ ...schema, type }, root))
  }
  if (schema.type === 'null') return fc.constant(null)
  if (schema.enum) return fc.constantFrom(...(schema.enum as unknown[]))
  if (schema.type === 'array') return fc.array(anyValue(schema.items as JsonSchema, root), { maxLength: 3 })
  if (schema.type === 'integer') return fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer())
  if (schema.type === 'object') {
    const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
    const fields = Object.fromEntries(properties.map(([name, property]) => [name, anyValue(property, root)]))
    const whole = fc.record(fields, { requiredKeys: (schema.required ?? []) as string[] })
    const more = fc.tuple(whole, hostileText, hostileValue).map(([value, name, extra]) => ({ ...value, [name]: extra }))
    return fc.oneof({ weight: 10, arbitrary: whole }, { weight: 1, arbitrary: more })
  }
  if (schema.format === 'email') return fc.nat(30).map((n) => `fuzz${n}@example.com`)
  if (schema.format === 'date-time') {
    return fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString())
  }
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: Math.min(60, (schema.maxLength as number) ?? 60) }),
    fc.constantFrom(
      'workspace:read',
      'key:manage',
      'urn:ietf:params:oauth:grant-type:device_code',
      'a plain name',
      'http://127.0.0.1:1/',
    ),
  )
}

function bodyOf(operation: Operation, root: JsonSchema): fc.Arbitrary<[type: string, Attack['body']]> {
  const declared = Object.entries(operation.requestBody?.content ?? {})[0]
  const anything = fc.tuple(
    fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'text/plain',
      'application/json;charset=x',
      '',
    ),
    fc.oneof(
      fc.constantFrom(
        '',
        '{',
        '{"a":1,"a":2}',
        '{"__proto__":{}}',
        '['.repeat(9999),
        '"\\ud800"',
        'a=1&a=2',
        '%',
        'null',
      ),
      fc.uint8Array({ maxLength: 40 }) as fc.Arbitrary<Uint8Array>,
      fc.json(),
    ),
  )
  if (!declared) return fc.oneof(fc.constant<[string, undefined]>(['', undefined]), anything)
  const [type, { schema }] = declared
  const written = anyValue(schema, root).map((value): [string, string] => [
    type,
    type === 'application/json' || typeof value !== 'object' || value === null
      ? (JSON.stringify(value) ?? '')
      : new URLSearchParams(texts(value)).toString(),
  ])
  return fc.oneof({ weight: 8, arbitrary: written }, { weight: 1, arbitrary: anything })
}

function texts(values: object): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
}

export function attacks(api: OpenApi): fc.Arbitrary<Attack> {
  const root = api as unknown as JsonSchema
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  return fc.constantFrom(...operations).chain(({ method, path, operation }) => {
    const inQuery = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
    const query = fc.tuple(
      fc.record(Object.fromEntries(inQuery.map(({ name, schema }) => [name, anyValue(schema, root)])), {
        requiredKeys: [],
      }),
      fc.oneof({ weight: 8, arbitrary: fc.constant('') }, { weight: 1, arbitrary: hostileText }),
    )
    const header = fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replace(/[^\x21-\x7e]/g, '_'))
    const headers = fc.record(
      { 'idempotency-key': header, 'cardea-workspace': header, cookie: header },
      { requiredKeys: [] },
    )
    return fc
      .record({
        method: fc.oneof(
          { weight: 20, arbitrary: fc.constant(method) },
          { weight: 1, arbitrary: fc.constantFrom('PUT', 'OPTIONS', 'HEAD', 'POST', 'GET', 'PROPFIND') },
        ),
        path: fc.constant(path),
        operation: fc.constant(operation),
        who: fc.constantFrom<Attack['who'][]>('nobody', 'admin', 'admin', 'key', 'operator'),
        id: fc.oneof({ weight: 3, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: hostileText }),
        query: query.map(([known, more]) => {
          return `${new URLSearchParams(texts(known))}${more && `&${encodeURI(more.toWellFormed())}`}`
        }),
        headers: fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
        body: bodyOf(operation, root),
      })
      .map(({ body: [type, body], headers, ...rest }) => ({
        ...rest,
        headers: { ...headers, ...(type ? { 'content-type': type } : {}) },
        body,
      }))
  })
}

/** The people an attack may come from; who deletes their own workspace or signs out is replaced. */
export interface Cast {
  send(attack: Attack): Promise<Response>
  learn(text: string): void
}

const ENDS_THE_CAST = /workspace$|members|logins|sign-out|password/

export async function createCast(app: TestApp): Promise<Cast> {
  const ada = await app.setUp()
  const ids: string[] = []
  let admin: Browser
  let key: string
  const renew = async () => {
    // Both before either is known: another attack may end them at once.
    const next = await app.neighbour(ada)
    key = (await app.key(next, 'admin')).token
    admin = next
  }
  await renew()
  return {
    learn: (text) => {
      for (const [id] of text.matchAll(/\b(key|usr|inv|rot|wh|evt|conn|pol)_\w{26}\b/g)) ids.push(id)
      ids.splice(0, ids.length - 50)
    },
    send: async ({ method, path, who, id, query, headers, body }) => {
      const named = typeof id === 'number' ? (ids[id % Math.max(1, ids.length)] ?? 'none') : id.toWellFormed()
      const url = `${app.url}${path.replace('{id}', encodeURIComponent(named))}${query && `?${query}`}`
      const credentials: Record<Attack['who'], Record<string, string>> = {
        nobody: {},
        admin: { cookie: admin.cookie(), origin: app.url, 'cardea-workspace': admin.workspaceId },
        key: { 'x-api-key': key },
        operator: { 'cardea-workspace': admin.workspaceId },
      }
      const takesBody = body !== undefined && method !== 'GET' && method !== 'HEAD'
      const request = new Request(url, {
        method,
        headers: { ...credentials[who], ...headers },
        ...(takesBody ? { body: body as string } : {}),
        signal: AbortSignal.timeout(SECONDS * 1000),
      })
      const answer = await (who === 'operator'
        ? app.http.handle(request, { actor: { kind: 'operator' } })
        : fetch(request))
      if (answer.ok && ENDS_THE_CAST.test(path) && method !== 'GET') await renew()
      return answer
    },
  }
}

/** All of an answer; of a stream that has no end, how it begins. */
export async function textOf(answer: Response): Promise<string> {
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream') || !answer.body) return answer.text()
  const reader = answer.body.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return new TextDecoder().decode(value)
}

/** What is wrong with an answer, or nothing. */
export async function judge(api: OpenApi, attack: Attack, answer: Response, text: string): Promise<string | undefined> {
  const { status } = answer
  const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
  if (status === 500) return 'a fault'
  const root = api as unknown as JsonSchema
  const declared = api.paths[attack.path]?.[attack.method.toLowerCase()]?.responses
  // Another method is refused; what it would be described as is the operation's own refusal, or nobody's.
  if (!declared && attack.method !== 'HEAD') {
    return status < 400 ? `${attack.method} is not described and was answered ${status}` : undefined
  }
  if (attack.method === 'HEAD') return text === '' ? undefined : 'HEAD was answered with a body'
  const response = declared![status] ?? (status >= 400 ? declared!.default : undefined)
  if (!response) return `status ${status} is not described`
  if (!response.content) return text === '' ? undefined : 'there is a body where none is described'
  const media = response.content[type]
  if (!media) return `content type ${type} is not described for ${status}`
  if (!type.endsWith('json') || media.schema?.type === 'string') return undefined
  return mismatch(JSON.parse(text), media.schema as JsonSchema, root)
}
