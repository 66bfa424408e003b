/** A code typed on another device: handed out, polled for, and agreed to by a lever. */
import type { DeviceCode, TokenEndpoint } from '@cardea/catalog'
import { opaque } from './account.ts'
import type { Outcome } from './authorize.ts'
import { faultsOfClient } from './client-auth.ts'
import { faultsOfHeaders, faultsOfParams } from './expected.ts'
import { jsonAnswer, paramsOf, type Received } from './received.ts'
import { clientAuthOf, type Endpoint, faultsOfAnonymous, give, readParams, withoutAccept } from './token.ts'
import { refuse } from './token-answer.ts'
import { newGrant, newToken, valuesFor, type World } from './world.ts'

const LIFE = 900
const INTERVAL = 5

export interface DeviceWait {
  readonly userCode: string
  readonly madeAt: number
  readonly scopes: readonly string[]
  polledAt: number | undefined
  said: 'nothing' | 'yes' | 'no'
}
export type DeviceWaits = Map<string, DeviceWait>

export function deviceStart(world: World, waits: DeviceWaits, received: Received, obtain: DeviceCode): Outcome {
  const { values: params, faults: unread } = paramsOf(received, 'form')
  const faults = [
    ...(received.method === 'POST' ? [] : ['POST is expected']),
    ...unread,
    ...faultsOfHeaders(received, withoutAccept(obtain.headers), valuesFor(world)),
    ...faultsOfClient(world, received, params, clientAuthOf(obtain), obtain.names),
    ...faultsOfId(params, obtain),
    ...(!world.method.scopes || params.get('scope') ? [] : ['scope is missing']),
  ]
  if (faults.length > 0) return refuse(world, 'invalid_request', faults)
  const deviceCode = newToken(world, 'device')
  const userCode = opaque(world.random, 8).toUpperCase()
  const scopes = params.get('scope')?.split(world.method.scopes?.separator ?? ' ') ?? []
  waits.set(deviceCode, { userCode, madeAt: world.now(), scopes, polledAt: undefined, said: 'nothing' })
  return {
    answer: jsonAnswer(200, {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: new URL('/device', received.url).href,
      expires_in: LIFE,
      interval: INTERVAL,
    }),
    faults: [],
  }
}

export function devicePoll(world: World, waits: DeviceWaits, received: Received, obtain: Endpoint): Outcome {
  const { values: params, faults: unread } = readParams(received, obtain)
  const faults = [
    ...unread,
    ...faultsOfClient(world, received, params, clientAuthOf(obtain), obtain.names),
    ...faultsOfParams(params, new Map([['grant_type', 'urn:ietf:params:oauth:grant-type:device_code']])),
    ...faultsOfId(params, obtain),
  ]
  if (faults.length > 0) return refuse(world, 'invalid_request', faults)
  const deviceCode = params.get('device_code') ?? ''
  const wait = waits.get(deviceCode)
  if (!wait) return refuse(world, 'invalid_grant', ['the device code is unknown'])
  const now = world.now()
  if (now - wait.madeAt > LIFE * 1000) return refuse(world, 'expired_token', [])
  const hasty = wait.polledAt !== undefined && now - wait.polledAt < INTERVAL * 1000
  wait.polledAt = now
  if (wait.said === 'no') return refuse(world, 'access_denied', [])
  if (hasty) return refuse(world, 'slow_down', [])
  // Not an error yet.
  if (wait.said === 'nothing') return { ...refuse(world, 'authorization_pending', []), faults: [] }
  waits.delete(deviceCode)
  return give(world, received, newGrant(world, wait.scopes), obtain)
}

function faultsOfId(params: ReadonlyMap<string, string>, obtain: TokenEndpoint): string[] {
  const how = clientAuthOf(obtain)
  return how === 'none' || how === 'body' ? faultsOfAnonymous(params, obtain) : []
}
