/** A made-up service with a method of any kind, and somebody who asks. */
import type { Method, Obtain, Service } from '@cardea/catalog'
import type { Answer, Outgoing } from '../../src/net/message.ts'
import type { Outside, Party } from '../../src/oauth/party.ts'
import { Secret } from '../../src/secret.ts'
import { defineHostile } from '../target/service.ts'

export const now = Date.UTC(2026, 0, 1)
export const outside: Outside = { now, nonce: () => 'nonce' }

export function partyOf(obtain: Obtain, change: Partial<Method> = {}, more: Partial<Party> = {}): Party {
  const { service: plain, method: key } = defineHostile()
  const method: Method = {
    ...key,
    fields: {},
    settings: {},
    learn: {},
    obtain,
    send: { headers: { authorization: 'Bearer {accessToken}' } },
    scopes: { ask: { read: 'Read things', write: 'Write things' } },
    ...change,
  }
  const service: Service = { ...plain, auth: { oauth: method } }
  return {
    service,
    method,
    open: { tenant: 'acme' },
    secrets: { accessToken: Secret.of('at-1'), refreshToken: Secret.of('rt-1') },
    client: { id: 'cid', secret: Secret.of('c s+1') },
    redirectUri: 'https://cardea.example/oauth/callback',
    ...more,
  }
}

export const authorize = 'https://example.com/authorize'
export const token = 'https://example.com/token'

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** Answers in the order given, and remembers what was asked. */
export function answering(...answers: (Answer | Error)[]) {
  const sent: Outgoing[] = []
  const send = async (request: Outgoing): Promise<Answer> => {
    sent.push(request)
    const next = answers.shift()
    if (next === undefined) throw new Error('nobody answers')
    if (next instanceof Error) throw next
    return next
  }
  return { send, sent }
}

export function formOf(request: Outgoing | undefined): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(String(request?.body ?? '')))
}
