import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type TestApp, type TestAppOptions, testApp } from '../app.ts'

/** A Cardea, and a service on loopback with a few actions, which does what the test says. */
export interface ActionsGround {
  app: TestApp
  ada: Browser
  service: { port: number; server: Server; seen: Heard[]; answer(listener: Listener): void }
  connect(more?: { by?: Browser; visibility?: 'private' | 'workspace'; method?: string }): Promise<string>
  /** The code of a refusal, with what it says; or what was given. */
  close(): Promise<void>
}

export interface Heard {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

type Listener = (request: Heard, response: Parameters<RequestListener>[1]) => void

export const SECRET = 'a-secret-of-the-service-7Qx9'

const text = { is: 'text', about: 'Some text' } as const

export const definition = {
  name: 'Ledger',
  docs: 'https://example.com/docs',
  category: 'generic',
  icon: { letters: 'L', colour: '#336699' },
  settings: { server: { kind: 'url', label: 'Server' } },
  baseUrl: '{server}',
  headers: { 'x-api-version': '2' },
  auth: {
    token: {
      type: 'apikey',
      label: 'Token',
      steps: ['Copy it.'],
      fields: { token: { label: 'Token' } },
      obtain: { by: 'nothing' },
      send: { headers: { authorization: 'Bearer {token}' } },
    },
    other: {
      type: 'apikey',
      label: 'Another way',
      steps: ['Copy it.'],
      fields: { token: { label: 'Token' } },
      obtain: { by: 'nothing' },
      send: { query: { key: '{token}' } },
    },
  },
  check: { get: '/me', ok: { path: 'id', exists: true } },
  identity: { none: 'nobody says whose it is here' },
  guarded: ['POST /keys/**'],
  actions: {
    read: { does: 'read', title: 'Read', input: { id: text }, get: '/items/{id}', gives: 'item' },
    find: {
      does: 'read',
      title: 'Find',
      input: { words: { ...text, optional: true }, limit: { is: 'integer', about: 'How many', default: 5 } },
      get: '/items',
      query: { q: '{words}', limit: '{limit}' },
    },
    write: {
      does: 'write',
      title: 'Write',
      input: {
        name: text,
        size: { is: 'number', about: 'Size', optional: true },
        kind: { is: 'text', about: 'Kind', options: ['small', 'large'], default: 'small' },
        day: { is: 'date', about: 'Day', optional: true },
        at: { is: 'time', about: 'When', optional: true },
        tags: { ...text, many: true, optional: true },
        isNew: { is: 'boolean', about: 'New', optional: true },
        more: { is: 'json', about: 'More', optional: true },
        who: { is: 'email', about: 'Who', optional: true },
        page: { is: 'url', about: 'Page', optional: true },
      },
      make: { epoch: { by: 'epoch_ms', from: '{at}' } },
      post: '/items',
      body: {
        name: '{name}',
        label: 'a {kind} one',
        size: '{size}',
        at: '{epoch}',
        day: '{day}',
        isNew: '{isNew}',
        nested: { tags: '{tags}', more: '{more}' },
        who: [{ address: '{who}' }],
        page: '{page}',
        always: {},
      },
    },
    note: {
      does: 'write',
      title: 'Note',
      input: { by: text, text },
      post: '/notes',
      headers: { 'x-by': '{by}' },
      form: { text: '{text}' },
    },
    ask: {
      does: 'read',
      title: 'Ask',
      input: { words: text },
      post: '/graphql',
      graphql: 'query($words: String!) { find(words: $words) { id } }',
      variables: { words: '{words}' },
      gives: 'data.find',
    },
    erase: { does: 'destroy', title: 'Erase', input: { id: text }, delete: '/items/{id}' },
    make_key: { does: 'write', title: 'Make a key', input: {}, post: '/keys/new', body: {} },
    by_token: { does: 'read', title: 'By token only', input: {}, get: '/me', methods: ['token'] },
  },
  verified: { on: '2026-11-20', by: ['https://example.com/docs'] },
}

export const SERVICE = 'ledger'

export async function actionsGround(options: TestAppOptions = {}): Promise<ActionsGround> {
  const app = await testApp({
    logLevel: 'error',
    ...options,
    environment: { CARDEA_ALLOWED_HOSTS: '127.0.0.1,localhost', ...options.environment },
  })
  const ada = await app.setUp()
  const seen: Heard[] = []
  const usual: Listener = (_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end('{"item":{"id":1}}')
  }
  let listener = usual
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const heard = { method, url, headers, body: Buffer.concat(chunks).toString() }
      seen.push(heard)
      listener(heard, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await ada.client.services.add({ id: SERVICE, definition })
  return {
    app,
    ada,
    service: {
      port,
      server,
      seen,
      answer: (next) => {
        listener = next
      },
    },
    connect: async ({ by = ada, visibility = 'workspace', method = 'token' } = {}) => {
      const input = { provider: SERVICE, method, settings: { server: `http://127.0.0.1:${port}/v1` }, visibility }
      return (await by.client.connections.create({ ...input, credential: { token: SECRET } }, { skipTest: true })).id
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await app.close()
    },
  }
}

export const json = (value: unknown, status = 200): Listener => {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(value))
  }
}
