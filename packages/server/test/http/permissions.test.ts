import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor, Role } from '../../src/actor.ts'
import { describeApi } from '../../src/http/openapi.ts'
import type { Route } from '../../src/http/route.ts'
import { routes } from '../../src/http/routes.ts'
import {
  type Decision,
  decide,
  operatorPermissions,
  type Permission,
  rolePermissions,
} from '../../src/policy/policy.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'
import { sample } from '../services/sample.ts'

/** Somebody who calls, and what the table of permissions takes them for. */
interface Visitor {
  name: string
  actor: Actor
  send(request: Request): Promise<Response>
  /** What the door says before it looks at the permission. */
  turnedAway?: { status: number; code: string }
}

let app: TestApp
let ada: Browser
let visitors: Visitor[]
let ids: Record<string, () => Promise<string>>

const workspaceId = 'ws_here'
const person = (role: Role, operator = false): Actor => ({
  kind: 'person',
  userId: '',
  loginId: '',
  operator,
  workspaceId,
  role,
})

beforeAll(async () => {
  app = await testApp({ logLevel: 'error' })
  ada = await app.setUp()
  const editor = await app.join(ada, 'editor')
  const viewer = await app.join(ada, 'viewer')
  const admin = await app.join(ada, 'admin')
  const stranger = await app.neighbour(ada)
  // Whoever runs the server has no part in what a workspace holds.
  await stranger.client.members.remove((await ada.client.me()).id)
  const through = (headers: Record<string, string>) => (request: Request) => {
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value)
    return app.http.handle(request)
  }
  const browser = (of: Browser, workspace = of.workspaceId) =>
    through({ cookie: of.cookie(), origin: app.url, ...(workspace ? { 'cardea-workspace': workspace } : {}) })
  const key = async (role: Role, permissions?: Permission[]): Promise<Visitor> => {
    const { token } = await app.key(ada, role, permissions)
    return {
      name: `a key of ${role}${permissions ? ` narrowed to ${permissions.join(', ')}` : ''}`,
      actor: { kind: 'key', keyId: '', workspaceId, role, ...(permissions ? { permissions } : {}) },
      send: through({ 'x-api-key': token }),
    }
  }
  visitors = [
    { name: 'nobody', actor: { kind: 'nobody' }, send: through({}) },
    { name: 'an administrator', actor: person('admin'), send: browser(admin) },
    { name: 'an editor', actor: person('editor'), send: browser(editor) },
    { name: 'a viewer', actor: person('viewer'), send: browser(viewer) },
    { name: 'the first administrator', actor: person('admin', true), send: browser(ada) },
    {
      name: 'an administrator of another workspace, in their own',
      actor: person('admin'),
      send: browser(stranger),
    },
    {
      name: 'an administrator of another workspace, in this one',
      actor: { kind: 'nobody' },
      send: browser(stranger, ada.workspaceId),
      turnedAway: { status: 404, code: 'workspace.not_found' },
    },
    {
      name: 'an operator in a workspace that is not theirs',
      actor: { kind: 'nobody' },
      send: browser(ada, stranger.workspaceId),
      turnedAway: { status: 404, code: 'workspace.not_found' },
    },
    await key('admin'),
    await key('editor'),
    await key('viewer'),
    await key('admin', ['key:manage']),
    {
      name: 'a key that does not exist',
      actor: { kind: 'nobody' },
      send: through({ 'x-api-key': `cardea_key_${'x'.repeat(43)}` }),
      turnedAway: { status: 401, code: 'auth.rejected' },
    },
    {
      name: 'whoever owns the data folder, about a workspace',
      actor: { kind: 'operator', workspaceId },
      send: (request) => {
        request.headers.set('cardea-workspace', ada.workspaceId)
        return app.http.handle(request, { actor: { kind: 'operator' } })
      },
    },
    {
      name: 'whoever owns the data folder',
      actor: { kind: 'operator' },
      send: (request) => app.http.handle(request, { actor: { kind: 'operator' } }),
    },
  ]
  const ownService = async () =>
    (await ada.client.services.add({ id: `own_${Math.random().toString(36).slice(2)}`, definition: sample })).id
  const connection = async () => {
    const input = { provider: 'github', method: 'token', credential: { token: `ghp_${'a'.repeat(36)}` } } as const
    return (await ada.client.connections.create({ ...input, visibility: 'workspace' }, { skipTest: true })).id
  }
  const skill = async () => {
    const name = `own_${Math.random().toString(36).slice(2)}`
    return (await ada.client.skills.create({ manifest: { name, credentials: ['github'] } })).id
  }
  let hook: string | undefined
  const webhook = async () => {
    hook ??= (await ada.client.webhooks.create({ url: 'https://93.184.215.14/' })).id
    return hook
  }
  let appId: string | undefined
  const flow = async () => {
    appId ??= (await ada.client.apps.create(githubApp)).id
    const begun = { provider: 'github', method: 'oauth', appId, bind: 'starter' } as const
    return (await ada.client.connections.authorize(begun)).id
  }
  ids = {
    '/v1/members/{id}': async () => (await ada.client.members.list().page()).items[1]!.userId,
    '/v1/invitations/{id}': async () =>
      (await ada.client.invitations.create({ email: `x${Math.random()}@example.com`, role: 'viewer' })).id,
    '/v1/keys/{id}': async () => (await ada.client.keys.create({ name: 'theirs', role: 'viewer' })).id,
    '/v1/webhooks/{id}': webhook,
    '/v1/webhooks/{id}/test': webhook,
    '/v1/webhooks/{id}/unpark': webhook,
    '/v1/webhooks/{id}/rotate-secret': webhook,
    '/v1/webhooks/{id}/deliveries': webhook,
    '/v1/connections/{id}': connection,
    '/v1/connections/{id}/test': connection,
    '/v1/connections/{id}/references': connection,
    '/v1/connections/flows/{id}': flow,
    '/v1/connections/flows/{id}/finish': flow,
    '/v1/apps/{id}': async () => (await ada.client.apps.create(githubApp)).id,
    '/v1/services/{id}/app': ownService,
    '/v1/deployment/apps/{id}': async () => (await ada.client.deployment.apps.create(githubApp)).id,
    '/v1/policies/{id}': async () =>
      (await ada.client.policies.create({ name: 'a rule', limits: { testFirst: true }, enabled: false })).id,
    '/v1/connect-sessions/{id}': async () => (await ada.client.connectSessions.create()).id,
    '/v1/connect-sessions/{id}/complete': async () => (await ada.client.connectSessions.create()).id,
    '/v1/return-addresses/{id}': async () => (await ada.client.returnAddresses.add('https://product.example/back')).id,
    '/v1/services/{id}': ownService,
    '/v1/services/{id}/icon': ownService,
    '/v1/skills/{id}': skill,
    '/v1/skills/{id}/versions': skill,
    '/v1/skills/{id}/keys': skill,
    '/v1/broker-tokens/{id}': async () =>
      (await ada.client.brokerTokens.create({ connections: [await connection()] })).id,
    '/v1/logins/{id}': async () => (await ada.client.logins.list().page()).items[0]!.id,
  }
})

afterAll(() => app?.close())

const githubApp = { provider: 'github', methods: ['oauth'], clientId: 'one', clientSecret: 'secret' }

/** A parameter given twice is refused right after the door, and before anything happens: whoever gets there may pass. */
function knock({ method, path }: Pick<Route, 'method' | 'path'>): Request {
  return new Request(`${app.url}${path.replace('{id}', 'none')}?twice=1&twice=2`, { method })
}

const refusals: Record<Exclude<Decision, 'allowed'>, { status: number; code: string }> = {
  sign_in: { status: 401, code: 'auth.required' },
  which_workspace: { status: 400, code: 'auth.which_workspace' },
  forbidden: { status: 403, code: 'auth.forbidden' },
  operator_only: { status: 403, code: 'auth.operator_only' },
}

async function verdict(response: Response): Promise<{ status: number; code: string }> {
  const { code, error } = (await response.json()) as { code?: string; error?: string }
  return { status: response.status, code: code ?? (error === 'invalid_request' ? 'request.invalid' : String(error)) }
}

describe(`who may call what, on ${databaseName}`, () => {
  it('is for every route and every visitor exactly what the table of permissions says', async () => {
    const wrong: string[] = []
    let asked = 0
    for (const visitor of visitors) {
      for (const route of routes) {
        const decision = decide(visitor.actor, route.permission)
        const passed = { status: 400, code: 'request.invalid' }
        const isOpen =
          route.permission === 'public' && !(route.handler.recognizes && visitor.turnedAway?.status === 404)
        const expected = isOpen
          ? passed
          : (visitor.turnedAway ?? (decision === 'allowed' ? passed : refusals[decision]))
        const found = await verdict(await visitor.send(knock(route)))
        asked++
        if (found.status !== expected.status || found.code !== expected.code) {
          wrong.push(`${visitor.name}: ${route.method} ${route.path}: ${found.code}, not ${expected.code}`)
        }
      }
    }
    expect(wrong).toEqual([])
    expect(asked).toBe(visitors.length * routes.length)
  })

  it('follows the matrix of roles that the documentation promises', () => {
    const promised: Record<keyof typeof rolePermissions, Role[]> = {
      'connection:read': ['admin', 'editor', 'viewer'],
      'connection:write': ['admin', 'editor'],
      'workspace:read': ['admin', 'editor', 'viewer'],
      'workspace:manage': ['admin'],
      'member:manage': ['admin'],
      'key:manage': ['admin'],
      'webhook:manage': ['admin'],
      'audit:read': ['admin'],
      'service:manage': ['admin'],
      'policy:manage': ['admin'],
      'app:manage': ['admin'],
      'skill:manage': ['admin'],
      'token:mint': ['admin', 'editor'],
    }
    expect(rolePermissions).toEqual(promised)
  })

  it('leaves public only what must be', () => {
    const open = routes
      .filter(({ permission }) => permission === 'public')
      .map(({ method, path }) => `${method} ${path}`)
    expect(open).toEqual([
      'GET /v1/setup',
      'POST /v1/setup',
      'POST /api/auth/sign-in/email',
      'GET /api/auth/get-session',
      'POST /oauth/device_authorization',
      'POST /oauth/token',
      'POST /v1/invitations/inspect',
      'POST /v1/invitations/accept',
      'POST /v1/broker-tokens/narrow',
      'GET /connect/go/{token}',
      'POST /connect/go/{token}',
      'GET /oauth/callback',
      'POST /oauth/callback',
      'GET /oauth/flows/{workspace}/{flow}',
      'POST /oauth/flows/{workspace}/{flow}',
      'GET /oauth/client.json',
      'GET /connect-page/hash.js',
      'GET /connect/{token}',
      'POST /connect/{token}',
      'GET /connect/{token}/frame',
      'GET /connect-page/style.css',
      'GET /connect-page/return.js',
      'GET /healthz',
      'GET /readyz',
      'GET /metrics',
      'GET /openapi.json',
      'GET /docs',
      'GET /docs/problems',
      'GET /docs/style.css',
    ])
  })

  it('keeps to administrators and operators what a slip in the table would give away', () => {
    const kept: [prefix: string, permissions: readonly Permission[]][] = [
      ['/v1/members', ['member:manage']],
      ['/v1/invitations', ['member:manage', 'public']],
      ['/v1/keys', ['key:manage']],
      ['/v1/audit', ['audit:read']],
      ['/v1/webhooks', ['webhook:manage']],
      ['/v1/events/replay', ['webhook:manage']],
      ['/v1/services', ['caller', 'service:manage']],
      ['/v1/policies', ['connection:read', 'policy:manage']],
      ['/v1/skills', ['connection:read', 'skill:manage']],
      ['/v1/broker-tokens', ['token:mint', 'public']],
      ['/v1/apps', ['connection:read', 'app:manage']],
      ['/v1/deployment', operatorPermissions],
      ['/v1/logins', ['person']],
      ['/v1/password', ['person']],
      ['/v1/device-logins', ['person']],
    ]
    for (const { path, method, permission } of routes) {
      const [, allowed] = kept.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`)) ?? []
      if (allowed) expect(allowed, `${method} ${path}`).toContain(permission)
      else if (method !== 'GET' && permission === 'caller') expect.fail(`${method} ${path} is open to any caller`)
    }
  })

  it('is described for each route, and nothing else is described', async () => {
    const { paths } = await describeApi(routes, { version: '0', publicUrl: app.url })
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { 'x-permission': permission }]) => `${method} ${path} ${permission}`),
    )
    const served = routes.map(({ method, path, permission }) => `${method.toLowerCase()} ${path} ${permission}`)
    expect(described.toSorted()).toEqual(served.toSorted())
  })

  it('hides the rows of one workspace from the administrator of another, whatever the id', async () => {
    const stranger = visitors.find(({ name }) => name.endsWith('in their own'))!
    const ofWorkspaces = routes.filter(({ path }) => path.includes('{id}') && !path.startsWith('/v1/deployment/'))
    for (const { method, path } of ofWorkspaces) {
      expect(ids, `no example of an id for ${path}`).toHaveProperty([path])
      const id = await ids[path]!()
      const isSkill = path.startsWith('/v1/skills')
      const change = path.startsWith('/v1/members')
        ? { role: 'viewer' }
        : isSkill
          ? { status: 'stopped' }
          : { name: 'mine' }
      const manifest = { name: 'mine', credentials: ['github'] }
      const isReference = path.endsWith('/references')
      const isCompletion = path.endsWith('/complete')
      const completion = isCompletion ? { POST: { code: 'x', endUser: 'mine' } } : {}
      const post = isReference ? { POST: { reference: 'mine' } } : isSkill ? { POST: { name: 'mine' } } : completion
      const put = isSkill ? { manifest } : { definition: sample }
      const bodies: Record<string, unknown> = { PATCH: change, PUT: put, ...post }
      const sent = bodies[method]
      const query = isReference && method === 'DELETE' ? '?reference=mine' : ''
      const body = sent ? { body: JSON.stringify(sent) } : {}
      const request = new Request(`${app.url}${path.replace('{id}', id)}${query}`, {
        method,
        ...body,
        headers: { 'content-type': 'application/json' },
      })
      const found = await verdict(await stranger.send(request))
      expect(found, `${method} ${path}`).toMatchObject({ status: 404, code: expect.stringMatching(/\.not_found$/) })
    }
  })

  it('tells somebody without a credential nothing about which paths exist', async () => {
    for (const [method, path] of [
      ['GET', '/v1/keys'],
      ['GET', '/v1/nothing'],
      ['PUT', '/v1/keys'],
      ['DELETE', '/v1'],
      ['GET', '/v1/keys/../../nothing'],
    ] as const) {
      const response = await app.http.handle(new Request(`${app.url}${path}`, { method }))
      if (path.includes('..')) expect(response.status).toBe(404)
      else expect(await verdict(response), `${method} ${path}`).toEqual(refusals.sign_in)
    }
  })

  it('tells somebody known that a path does not exist, or which methods it takes', async () => {
    const admin = visitors.find(({ name }) => name === 'a key of admin')!
    const unknown = await admin.send(new Request(`${app.url}/v1/nothing`))
    expect(unknown.status).toBe(404)
    const wrong = await admin.send(new Request(`${app.url}/v1/keys/key_1`, { method: 'PUT' }))
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('DELETE')
  })
})
