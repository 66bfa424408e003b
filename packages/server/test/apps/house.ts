import { services } from '@cardea/catalog'
import type { Client, CreateOauthApp } from '@cardea/sdk'
import { newGrant } from '../../src/connections/refresh/granted.ts'
import { putGrant } from '../../src/store/connection-grants.ts'
import { changeConnection } from '../../src/store/connections.ts'
import { listConnectionsOfApp } from '../../src/store/connections-of-app.ts'
import type { Browser, TestApp } from '../app.ts'

export const SECRET = 'a-client-secret-that-nobody-sees-again'

export const ofGithub = (more: Partial<CreateOauthApp> = {}): CreateOauthApp => ({
  provider: 'github',
  methods: ['oauth'],
  name: 'Our GitHub',
  clientId: 'Iv1.0123456789abcdef',
  clientSecret: SECRET,
  ...more,
})

export const ofMicrosoft = (more: Partial<CreateOauthApp> = {}): CreateOauthApp => ({
  provider: 'microsoft_graph',
  clientId: '6f9c0f0e-0000-4000-8000-000000000000',
  clientSecret: SECRET,
  ...more,
})

/** A definition of a workspace's own that works through an app, with a token endpoint wherever it likes. */
export const ownDefinition = {
  name: 'Acme',
  docs: 'https://acme.example.com/docs',
  category: 'crm',
  icon: { letters: 'AC', colour: '#2b6cb0' },
  baseUrl: 'https://api.acme.example.com',
  auth: {
    oauth: {
      type: 'oauth2',
      label: 'Sign in',
      steps: ['Register an app.'],
      obtain: {
        by: 'code',
        authorize: 'https://acme.example.com/authorize',
        token: 'https://acme.example.com/token',
      },
      send: { headers: { authorization: 'Bearer {accessToken}' } },
      scopes: { ask: { read: 'Read what you have there' } },
    },
  },
  check: { get: '/me', ok: { path: 'id', exists: true } },
  identity: { id: 'id', label: 'id' },
  verified: { on: '2026-01-01', by: ['https://acme.example.com/docs'] },
}

let numbers = 0

/** A connection as it stands once somebody has consented through an app. */
export async function minted(
  app: TestApp,
  { client, workspaceId }: Pick<Browser, 'client' | 'workspaceId'>,
  appId: string,
  visibility: 'private' | 'workspace' = 'private',
): Promise<string> {
  const { id } = await client.connections.create(
    {
      provider: 'github',
      method: 'token',
      name: `number ${++numbers}`,
      visibility,
      credential: { token: `ghp_${'a'.repeat(36)}` },
    },
    { skipTest: true },
  )
  const row = { workspace_id: workspaceId, id }
  const granted = { lasting: {}, access: {}, life: 'never' as const, toldEnd: undefined, renewal: 'none' as const }
  const grant = newGrant(row, services.github.auth.oauth, granted, { now: app.app.clock.now(), appGeneration: 1 })
  await app.app.store.within({ workspaceId }, async (db) => {
    await changeConnection(db, row, { app_id: appId, method: 'oauth', auth_type: 'oauth2' })
    await putGrant(db, grant)
  })
  return id
}

export async function mintedBy(app: TestApp, workspaceId: string, appId: string): Promise<string[]> {
  const rows = await app.app.store.within({ workspaceId }, (db) => listConnectionsOfApp(db, workspaceId, appId, 100))
  return rows.map(({ id }) => id)
}

export async function all(client: Client): Promise<string> {
  const [apps, connections, audit, events] = await Promise.all([
    client.apps.list().page(),
    client.connections.list().page(),
    client.audit.list({ limit: 200 }).page(),
    client.events.list({ limit: 200 }).page(),
  ])
  return JSON.stringify({ apps, connections, audit, events })
}
