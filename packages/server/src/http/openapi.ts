import type { z } from 'zod'
import { problems } from '../errors.ts'
import type { Permission } from '../policy/policy.ts'
import type { Handler, Route } from './route.ts'
import { oauthRefusal, problem } from './shapes.ts'

/** The description of the API, made from the table of routes: what is served is what is described. */
export type OpenApi = Record<string, unknown> & { paths: Record<string, Record<string, Operation>> }

export interface Operation {
  operationId: string
  summary: string
  tags: string[]
  'x-permission': Permission
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Record<string, unknown> }[]
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: Record<string, unknown> }> }>
}

export async function describeApi(
  routes: readonly Route[],
  { version, publicUrl }: { version: string; publicUrl: string },
): Promise<OpenApi> {
  // Imported late: few servers are ever asked for their description.
  const { OpenAPIHono, createRoute } = await import('@hono/zod-openapi')
  const app = new OpenAPIHono()
  for (const route of routes) app.openAPIRegistry.registerPath(createRoute(operationOf(route)))
  for (const [name, scheme] of Object.entries(SCHEMES)) {
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme)
  }
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Cardea',
      version,
      description:
        'Keeps credentials for agents and lets software use them without holding them. Every refusal is problem+json ' +
        'with a "code" to branch on. Lists come in pages: pass "nextCursor" back as "cursor". POST requests that create ' +
        'take an "idempotency-key". Who belongs to several workspaces names one in the header "cardea-workspace".',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: publicUrl }],
  })
  const described = document as unknown as OpenApi
  for (const { method, path, handler } of routes) {
    const { requestBody, responses } = described.paths[path]![method.toLowerCase()]!
    const said = [requestBody?.content, responses[200]?.content, responses[201]?.content]
    const meant = [handler.body, handler.reply, handler.reply]
    said.forEach((content, at) => {
      const schema = content?.['application/json']?.schema
      if (schema && meant[at]) allowAbsence(meant[at], schema, described)
    })
  }
  return described
}

interface ObjectSchema {
  $ref?: string
  required?: string[]
  properties?: Record<string, ObjectSchema>
  items?: ObjectSchema
}

/** The generator takes what may be absent, but not undefined, for required. */
function allowAbsence(type: z.ZodType, schema: ObjectSchema, document: OpenApi): void {
  const name = schema.$ref?.split('/').at(-1)
  const { components } = document as { components?: { schemas?: Record<string, ObjectSchema> } }
  const target = name === undefined ? schema : components?.schemas?.[name]
  const { def } = type as unknown as { def: { type: string; shape?: Record<string, z.ZodType>; element?: z.ZodType } }
  if (def.element && target?.items) allowAbsence(def.element, target.items, document)
  if (!def.shape || !target) return
  const absent = Object.keys(def.shape).filter((key) => isExactOptional(def.shape![key]!))
  const required = target.required?.filter((key) => !absent.includes(key)) ?? []
  if (required.length > 0) target.required = required
  else delete target.required
  for (const [key, field] of Object.entries(def.shape)) {
    const property = target.properties?.[key]
    const inner = isExactOptional(field) ? (field as unknown as { unwrap(): z.ZodType }).unwrap() : field
    if (property) allowAbsence(inner, property, document)
  }
}

function isExactOptional(type: z.ZodType): boolean {
  return type.constructor.name === 'ZodExactOptional'
}

const SCHEMES = {
  session: { type: 'apiKey', in: 'cookie', name: '__Host-cardea_session', description: 'A signed-in browser.' },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A command line that its person approved, or a JWT of a configured issuer.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key of a workspace.' },
} as const

type RouteConfig = Parameters<typeof import('@hono/zod-openapi')['createRoute']>[0]

function operationOf({ method, path, permission, handler }: Route): RouteConfig {
  const isPublic = permission === 'public'
  return {
    method: method.toLowerCase() as Lowercase<typeof method>,
    path,
    operationId: operationId(method, path),
    summary: handler.summary,
    tags: [tagOf(path)],
    'x-permission': permission,
    security: isPublic ? [] : [{ session: [] }, { bearer: [] }, { apiKey: [] }],
    request: {
      ...(handler.params ? { params: handler.params as z.ZodObject } : {}),
      ...(handler.query ? { query: handler.query as z.ZodObject } : {}),
      ...(handler.body ? { body: { required: true, content: { [bodyType(handler)]: { schema: handler.body } } } } : {}),
    },
    parameters: headerParameters(path, isPublic, handler),
    responses: responsesOf(handler),
  } as RouteConfig
}

function headerParameters(path: string, isPublic: boolean, handler: Handler) {
  const text = (name: string, description: string) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', maxLength: 255 },
  })
  return [
    ...(isPublic || !path.startsWith('/v1/')
      ? []
      : [text('cardea-workspace', 'The workspace the request is about; needed by who belongs to several.')]),
    ...(handler.creates || handler.once
      ? [text('idempotency-key', 'Sent again within 24 hours, gives the same answer again.')]
      : []),
  ]
}

function bodyType(handler: Handler): string {
  return handler.oauth || handler.page ? 'application/x-www-form-urlencoded' : 'application/json'
}

function responsesOf(handler: Handler) {
  const json = (schema: z.ZodType) => ({ 'application/json': { schema } })
  const refused = handler.oauth ? json(oauthRefusal) : { 'application/problem+json': { schema: problem } }
  const refusals: Record<string, unknown> = {
    default: { description: 'Refused: see /docs/problems', content: refused },
  }
  if (handler.page) {
    const text = { 'text/html': { schema: { type: 'string' } } }
    const elsewhere = handler.body ? { 303: { description: 'Go on there' } } : {}
    const shown = { description: 'Refused: see /docs/problems', content: { ...refused, ...text } }
    return { 200: { description: 'Done', content: text }, ...elsewhere, default: shown }
  }
  if (handler.gives) {
    const content = Object.fromEntries(
      handler.gives.map((type) => [type.split(';')[0]!, { schema: { type: 'string' } }]),
    )
    return { 200: { description: 'Done', content }, ...refusals }
  }
  if (!handler.reply) return { 204: { description: 'Done' }, ...refusals }
  const given = { description: handler.creates ? 'Created' : 'Done', content: json(handler.reply) }
  return {
    [handler.creates ? 201 : 200]: given,
    ...(handler.unavailable ? { 503: { description: 'Not now', content: json(handler.reply) } } : {}),
    ...refusals,
  }
}

function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1')
  return [method.toLowerCase(), ...words]
    .map((word, at) => (at === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('')
}

const TAGS: Record<string, string> = {
  me: 'you',
  permissions: 'you',
  workspace: 'workspaces',
  setup: 'signing in',
  password: 'signing in',
  'connect-sessions': 'connecting',
  'return-addresses': 'connecting',
  logins: 'signing in',
  'device-logins': 'signing in',
}

function tagOf(path: string): string {
  const [, first = '', second = ''] = path.split('/')
  if (first === 'v1') return TAGS[second] ?? second
  if (first.startsWith('connect')) return 'connecting'
  return first === 'api' || first === 'oauth' ? 'signing in' : 'server'
}

/** Every problem, for its page. */
export function listProblems() {
  return Object.entries(problems).map(([code, { status, title, detail, next }]) => ({
    code,
    status,
    title,
    detail,
    next,
  }))
}
