import { hash } from 'node:crypto'
import type { CreateBrokerToken } from '@cardea/sdk'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Asks, Broker } from '../../src/broker/broker.ts'
import { Problem } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import type { Browser, TestAppOptions } from '../app.ts'
import { type World, world } from '../connections/world.ts'

/** A Cardea with an administrator and a shared connection, and short ways to mint and to use. */
export interface BrokerHouse extends World {
  ada: Browser
  broker: Broker
  /** A connection of Ada's to a simulated service. */
  connect(more?: { name?: string; visibility?: 'private' | 'workspace'; by?: Browser }): Promise<string>
  mint(input: CreateBrokerToken, by?: Browser): Promise<{ id: string; token: Secret }>
  redeem(token: Secret, connectionId: string, more?: Partial<Asks>): ReturnType<Broker['redeem']>
  /** Redeemed and claimed, as a call that leaves. */
  call(token: Secret, connectionId: string, more?: Partial<Asks> & { to?: string }): Promise<void>
}

export const HOST = 'api.github.com'

export async function brokerHouse(options: TestAppOptions = {}): Promise<BrokerHouse> {
  const here = await world(options)
  const ada = await here.app.setUp()
  const { broker } = here.app.app
  const redeem: BrokerHouse['redeem'] = (token, connectionId, more = {}) =>
    broker.redeem(token, { connectionId, method: 'GET', path: '/user', ...more })
  return {
    ...here,
    ada,
    broker,
    connect: async ({ name, visibility = 'workspace', by = ada } = {}) => {
      const { account } = here.stands('github', 'token')
      const { id } = await by.client.connections.create({
        provider: 'github',
        method: 'token',
        credential: { ...account.fields } as Record<string, string>,
        visibility,
        ...(name ? { name } : {}),
      })
      return id
    },
    mint: async (input, by = ada) => {
      const { id, token } = await by.client.brokerTokens.create(input)
      return { id, token: Secret.of(token) }
    },
    redeem,
    call: async (token, connectionId, { to = HOST, ...more } = {}) => {
      const passage = await redeem(token, connectionId, more)
      const { method = 'GET', path = '/user', bytes } = more
      const going = { version: 1, host: to, method, path, ...(bytes === undefined ? {} : { bytes }) }
      await broker.use(passage, going)
    },
  }
}

/** The code of a refusal, or what was given instead. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'allowed'
  } catch (error) {
    if (error instanceof Problem) return error.code
    return (error as { code?: string }).code ?? String(error)
  }
}

export interface Prover {
  thumbprint: string
  prove(of: {
    method: string
    url: string
    token?: Secret
    at: number
    id?: string
    more?: Record<string, unknown>
  }): Promise<string>
}

/** Somebody who holds a key of their own. */
export async function prover(): Promise<Prover> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    prove: ({ method, url, token, at, id = crypto.randomUUID(), more = {} }) =>
      new SignJWT({
        htm: method,
        htu: url,
        jti: id,
        ...(token ? { ath: hash('sha256', token.reveal(), 'base64url') } : {}),
        ...more,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt(Math.floor(at / 1000))
        .sign(privateKey),
  }
}
