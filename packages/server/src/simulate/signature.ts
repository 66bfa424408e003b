/** Verifies a signed request from the vendor's description of the algorithm, without a line of the code that signs. */
import type { Sign } from '@cardea/catalog'
import type { Received } from './received.ts'
import { faultsOfOAuth1 } from './signature-oauth1.ts'
import { faultsOfSigV4 } from './signature-sigv4.ts'
import { filled, type Values } from './values.ts'
import type { World } from './world.ts'

export function faultsOfSignature(world: World, received: Received, sign: Sign, values: Values): string[] {
  const of = (template: string) => filled(template, values)
  if (sign.with === 'sigv4') {
    return faultsOfSigV4(received, {
      keyId: of(sign.keyId) ?? '',
      secret: of(sign.secret) ?? '',
      session: sign.session && of(sign.session),
      service: of(sign.service) ?? '',
      region: of(sign.region) ?? '',
      encodeOnce: sign.encodeOnce ?? [],
      now: world.now(),
    })
  }
  return faultsOfOAuth1(world, received, {
    method: sign.method,
    consumerKey: values.clientId ?? '',
    consumerSecret: values.clientSecret ?? '',
    token: of(sign.token) ?? '',
    tokenSecret: of(sign.tokenSecret) ?? '',
  })
}
