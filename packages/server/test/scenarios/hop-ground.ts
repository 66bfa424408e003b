import { createHash } from 'node:crypto'
import type { CreateBrokerToken } from '@cardea/sdk'
import { type Clock, systemClock } from '../../src/clock.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { type HopService, hopService } from './hop-service.ts'

/** A whole server with nothing in it replaced, and a service beside it; everything goes over sockets. */
export interface HopGround {
  app: TestApp
  ada: Browser
  service: HopService
  /** A connection of Ada's to an account of the service. */
  connect(more?: { account?: string; visibility?: 'private' | 'workspace'; by?: Browser }): Promise<string>
  /** The token, without what is said about it. */
  mint(input: CreateBrokerToken, by?: Browser): Promise<string>
  call(connection: string, token: string | undefined, path?: string, init?: RequestInit): Promise<Called>
  /** Time passes at once. */
  pass(milliseconds: number): void
  close(): Promise<void>
}

export interface Called {
  status: number
  /** Of a refusal by Cardea. */
  code: string | undefined
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what there is
  json: any
}

export async function hopGround(environment: Record<string, string> = {}): Promise<HopGround> {
  let ahead = 0
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
  }
  const service = await hopService()
  const app = await testApp({ clock, environment: { CARDEA_ALLOWED_HOSTS: '127.0.0.1', ...environment } })
  const ada = await app.setUp()
  await ada.client.services.add({ id: 'notes', definition: service.definition })
  return {
    app,
    ada,
    service,
    connect: async ({ account = 'work', visibility = 'workspace', by = ada } = {}) => {
      const credential = { token: service.token(account) }
      const settings = { server: service.url }
      const input = { provider: 'notes', method: 'token', settings, credential, visibility }
      return (await by.client.connections.create(input)).id
    },
    mint: async (input, by = ada) => (await by.client.brokerTokens.create(input)).token,
    call: async (connection, token, path = '/', init = {}) => {
      const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(init.headers as object) }
      return called(await fetch(`${app.url}/proxy/${connection}${path}`, { redirect: 'manual', ...init, headers }))
    },
    pass: (milliseconds) => {
      ahead += milliseconds
    },
    close: async () => {
      service.close()
      await app.close()
    },
  }
}

export async function called(answer: Response): Promise<Called> {
  const { status, headers } = answer
  const text = await answer.text()
  const json = /\bjson\b/.test(headers.get('content-type') ?? '') ? JSON.parse(text) : undefined
  return { status, headers, text, json, code: headers.get('cardea-error') ?? undefined }
}

/** As it may hide in a text: itself, in base64 at each alignment, in hexadecimal, escaped. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return all.slice(before === 0 ? 0 : 4, -4)
  })
  return [secret, ...base64, bytes.toString('hex'), encodeURIComponent(secret).replaceAll('_', '%5F')]
}

/** What a token is to be found by in a database that keeps its hash. */
export const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
