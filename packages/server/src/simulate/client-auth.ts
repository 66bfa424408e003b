/** Who calls the token endpoint: exactly one way to authenticate the client is right, and the others are refused. */
import type { ClientAuth, TokenEndpoint } from '@cardea/catalog'
import { same } from './expected.ts'
import { faultsOfJwt } from './jwt.ts'
import { basicOf, type Received } from './received.ts'
import type { World } from './world.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** `ours` are parameters that stand there for another reason (a revocation that spells its secret out). */
export function faultsOfClient(
  world: World,
  received: Received,
  params: ReadonlyMap<string, string>,
  how: ClientAuth,
  names: TokenEndpoint['names'] = {},
  ours: ReadonlySet<string> = new Set(),
): string[] {
  const { clientId, clientSecret } = world.account.app
  const idName = names.clientId === undefined ? 'client_id' : names.clientId
  const secretName = names.clientSecret === undefined ? 'client_secret' : names.clientSecret
  const authorization = received.headers.get('authorization')
  const faults: string[] = []
  const sent = (name: string | null) => (name === null || ours.has(name) ? undefined : params.get(name))
  if (how === 'basic' || how === 'secret_as_user') {
    const basic = basicOf(authorization)
    const [user, password] = how === 'basic' ? [clientId, clientSecret] : [clientSecret, '']
    if (!basic) faults.push('client authentication is missing: Basic is expected')
    else if (!sameText(basic.user, user) || !sameText(basic.password, password))
      faults.push('client authentication by Basic has a wrong id or secret')
  } else if (/^basic /i.test(authorization ?? '')) faults.push(`client authentication by Basic is not taken: ${how}`)
  if (how === 'body') {
    if (idName !== null && !same(sent(idName), clientId))
      faults.push(`client authentication: ${idName} is missing or wrong`)
    if (secretName !== null && !same(sent(secretName), clientSecret))
      faults.push(`client authentication: ${secretName} is missing or wrong`)
  } else if (sent(secretName) !== undefined)
    faults.push(`the client secret is in the parameters too: ${how} is expected`)
  if (how === 'none' && idName !== null && sent(idName) !== undefined && !same(sent(idName), clientId))
    faults.push(`${idName} is not the registered client`)
  if (how === 'private_key') faults.push(...faultsOfClientAssertion(world, received, params))
  if (idName !== 'client_id' && sent('client_id') !== undefined) faults.push('client_id goes by another name here')
  return faults
}

function faultsOfClientAssertion(world: World, received: Received, params: ReadonlyMap<string, string>): string[] {
  if (params.get('client_assertion_type') !== ASSERTION_TYPE) return ['client_assertion_type is missing or wrong']
  const { clientId } = world.account.app
  const audience = `${received.url.origin}${received.url.pathname}`
  return faultsOfJwt(world, params.get('client_assertion') ?? '', {
    alg: 'RS256',
    key: world.account.appKey,
    claims: { iss: clientId, sub: clientId, aud: audience },
    header: {},
    lifeSeconds: 3600,
    jti: true,
  })
}

/** RFC 6749 encodes both halves before they are joined; half of the world does not. Both are heard. */
function sameText(got: string, wanted: string): boolean {
  const encoded = new URLSearchParams({ a: wanted }).toString().slice(2)
  return same(got, wanted) || same(got, encoded) || same(got, encodeURIComponent(wanted))
}
