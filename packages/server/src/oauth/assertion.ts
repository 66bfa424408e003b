import { type Assertion, type Jwt, missing, placeholders, type SignedJwt, valueAt } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { isLeftOut } from '../inject/values.ts'
import type { Outgoing } from '../net/message.ts'
import { Secret } from '../secret.ts'
import type { Obtained } from './answer.ts'
import { fingerprintOf, signedJwt } from './jwt.ts'
import { addressOf, type Outside, optionalOf, type Party, scopeText, valuesOf } from './party.ts'
import { ASSERTION_TYPE, clientAuthOf, filledParams, fillKnown, merged, type Param, shape, standard } from './shape.ts'

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** RFC 7523: a JWT of ours buys a token. */
export function assertionRequest(obtain: Assertion, party: Party, outside: Outside): Outgoing {
  const jwt = makeJwt(obtain.jwt, party, outside)
  const extra = filledParams(obtain.extra?.token, party)
  const common = {
    url: addressOf(obtain.token, party, outside),
    body: obtain.body ?? 'form',
    headers: obtain.headers ?? {},
  }
  if (obtain.as === 'bearer') {
    const request = shape(party, { ...common, params: extra, auth: undefined }, outside, obtain.names)
    request.headers.authorization = `Bearer ${jwt}`
    return request
  }
  const chosen = clientAuthOf(obtain, party)
  const auth = chosen === 'none' ? undefined : chosen
  const params: Param[] =
    obtain.as === 'grant'
      ? [...standard(obtain.names, 'grantType', obtain.grant ?? JWT_GRANT), ['assertion', jwt]]
      : [
          ...standard(obtain.names, 'grantType', obtain.grant ?? 'client_credentials'),
          ...standard(obtain.names, 'scope', scopeText(party)),
          ['client_assertion_type', ASSERTION_TYPE],
          ['client_assertion', jwt],
        ]
  return shape(party, { ...common, params: merged(params, extra), auth }, outside, obtain.names)
}

/** The JWT is the credential: nobody is asked. */
export function ownJwt(obtain: SignedJwt, party: Party, outside: Outside): Obtained {
  return {
    secrets: { jwt: Secret.of(makeJwt(obtain.jwt, party, outside)) },
    life: { expiresAt: outside.now + obtain.jwt.lifeSeconds * 1000 },
    told: {},
  }
}

export function makeJwt(words: Jwt, party: Party, outside: Outside): string {
  const { field } = words.key
  const values = valuesOf(party)
  const key = keyText(words, values)
  const passphrase = words.key.passphrase ? values[words.key.passphrase] : undefined
  const claims = words.claims
  const needsPrint = [...Object.values(claims), ...Object.values(words.header ?? {})].some((template) =>
    placeholders(template).includes('keyFingerprint'),
  )
  const all = needsPrint ? valuesOf(party, { keyFingerprint: fingerprintOf({ key, passphrase, field }) }) : values
  const optional = optionalOf(party)
  const filled = (templates: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(templates).flatMap(([name, template]) =>
        isLeftOut(template, all, optional) ? [] : [[name, fillKnown(template, all)]],
      ),
    )
  return signedJwt(
    {
      alg: words.alg,
      key,
      passphrase,
      field,
      header: filled(words.header ?? {}),
      claims: { ...filled(claims), ...(words.jti ? { jti: outside.nonce() } : {}) },
      lifeSeconds: words.lifeSeconds,
      backdateSeconds: words.backdateSeconds,
    },
    outside,
  )
}

function keyText({ key }: Jwt, values: ReturnType<typeof valuesOf>): string {
  if (missing(`{${key.field}}`, values).length > 0) {
    throw new Problem('oauth.key_unusable', { field: key.field, why: 'is missing' })
  }
  const text = values[key.field]!
  if (key.member === undefined) return text
  const found = valueAt(parsed(text, key.field), key.member)
  if (typeof found !== 'string') {
    throw new Problem('oauth.key_unusable', { field: key.field, why: `has no member "${key.member}"` })
  }
  return found
}

function parsed(text: string, field: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // Its message quotes the text.
    throw new Problem('oauth.key_unusable', { field, why: 'is not JSON' })
  }
}
