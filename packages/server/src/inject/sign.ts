import { fill, missing, type Sign, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Placed, Signing } from './call.ts'
import { signOAuth1 } from './sign-oauth1.ts'
import { signSigV4 } from './sign-sigv4.ts'

/** The closed set of signers. A definition names one of them; it cannot bring its own. */
export function sign(words: Sign, values: Values, request: Placed, { now, nonce }: Signing): Placed {
  switch (words.with) {
    case 'sigv4':
      return signSigV4(
        request,
        {
          keyId: fill(words.keyId, values),
          secret: fill(words.secret, values),
          session:
            words.session && missing(words.session, values).length === 0 ? fill(words.session, values) : undefined,
          service: fill(words.service, values),
          region: fill(words.region, values),
          encodeOnce: words.encodeOnce ?? [],
        },
        now,
      )
    case 'oauth1':
      return signOAuth1(
        request,
        {
          method: words.method,
          consumerKey: fill('{clientId}', values),
          consumerSecret: fill('{clientSecret}', values),
          token: fill(words.token, values),
          tokenSecret: fill(words.tokenSecret, values),
        },
        { now, nonce: nonce() },
      )
    default:
      throw new Problem('service.cannot_place', { why: 'the signature is of an unknown kind' })
  }
}
