/** Every request that a method can make, by what it is for. */
import { type Method, optionalNames, type Service } from '@cardea/catalog'
import { checkCall, identityCall } from '../../src/answers/answers.ts'
import type { OwnCall } from '../../src/answers/check.ts'
import { place } from '../../src/inject/place.ts'
import { openedWhenNamed } from '../../src/inject/values.ts'
import type { Outgoing } from '../../src/net/message.ts'
import { assertionRequest, ownJwt } from '../../src/oauth/assertion.ts'
import { authorizeAddress, fragmentAddress } from '../../src/oauth/authorize.ts'
import { exchangeRequest, swapRequest } from '../../src/oauth/exchange.ts'
import { clientCredentialsRequest, devicePollRequest, deviceRequest, samlRequest } from '../../src/oauth/grants.ts'
import { lookupHeaders, lookupsOf } from '../../src/oauth/learn.ts'
import { loginRequest } from '../../src/oauth/login.ts'
import type { Outside, Party } from '../../src/oauth/party.ts'
import { refreshRequest, renewalOf } from '../../src/oauth/refresh.ts'
import { revokeRequest } from '../../src/oauth/revoke.ts'
import { accessTokenRequest, authorizeTokenAddress, requestTokenRequest } from '../../src/oauth/sign-in-1.ts'
import { createTarget } from '../../src/target/target.ts'
import { type Sample, secretNamed } from './sample.ts'

const ticket = { state: 'state-of-this-sign-in', verifier: 'verifier-of-this-sign-in-0123456789abcdefghij' }
// An example of a server on the person's own machine.
export const target = createTarget({ allowsPlainHttp: (host) => host.startsWith('localhost:') })

export const outside: Outside = { now: Date.UTC(2026, 0, 1), nonce: () => 'nonce-used-once' }

type Request = Outgoing | ReturnType<typeof place>

export function requestsOf(service: Service, method: Method, sample: Sample): [string, Request][] {
  return [...signInRequests(sample.party), ...apiRequests(service, method, sample)]
}

function signInRequests(party: Party): [string, Request][] {
  const { obtain } = party.method
  const browser = (url: string): Outgoing => ({ method: 'GET', url, headers: {} })
  const found: [string, Request][] = []
  switch (obtain.by) {
    case 'code':
      found.push(['authorize', browser(authorizeAddress(obtain, party, ticket, outside))])
      found.push(['token', exchangeRequest(obtain, party, { code: 'the-code', verifier: ticket.verifier }, outside)])
      if (obtain.exchange) {
        const short = { accessToken: secretNamed('shortLivedToken') }
        found.push(['swap for a long-lived token', swapRequest(obtain.exchange, party, short, outside)])
      }
      break
    case 'client_credentials':
      found.push(['token', clientCredentialsRequest(obtain, party, outside)])
      break
    case 'assertion':
      found.push(['token', assertionRequest(obtain, party, outside)])
      break
    case 'saml':
      found.push(['token', samlRequest(obtain, party, outside)])
      break
    case 'device':
      found.push(['device', deviceRequest(obtain, party, outside)])
      found.push(['token', devicePollRequest(obtain, party, 'the-device-code', outside)])
      break
    case 'login':
      found.push(['login', loginRequest(obtain, party, outside)])
      break
    case 'fragment':
      found.push(['authorize', browser(fragmentAddress(obtain, party, ticket, outside))])
      break
    case 'oauth1': {
      const temporary = {
        token: 'request-token',
        tokenSecret: secretNamed('requestTokenSecret'),
        verifier: 'the-verifier',
      }
      found.push(['request token', requestTokenRequest(obtain, party, ticket.state, outside)])
      found.push(['authorize', browser(authorizeTokenAddress(obtain, party, temporary.token, outside))])
      found.push(['access token', accessTokenRequest(obtain, party, temporary, outside)])
      break
    }
  }
  if (renewalOf(party) === 'refresh') found.push(['refresh', refreshRequest(party, outside)])
  const revoke = revokeRequest(party, outside)
  if (revoke) found.push(['revoke', revoke])
  return found
}

function apiRequests(service: Service, method: Method, { open, early, secrets, party }: Sample): [string, Request][] {
  if (method.send.mail) return []
  const optional = optionalNames(service, method)
  const own = method.obtain.by === 'jwt' ? ownJwt(method.obtain, party, outside).secrets : {}
  const client = party.client
  const valuesFrom = (known: Sample['open']) =>
    openedWhenNamed(
      { ...known, ...(client ? { clientId: client.id } : {}) },
      { ...secrets, ...own, ...(client?.secret ? { clientSecret: client.secret } : {}) },
    )
  const values = valuesFrom(open)
  const placing = {
    send: method.send,
    values,
    optional,
    defaults: { ...service.headers, ...method.headers },
    ...outside,
  }
  const of = { service, method, values: open }
  const call = (own: OwnCall, base = 0) => ({
    ...target.ownAddress({ ...of, base }, own.to),
    method: own.method,
    headers: own.headers,
    ...(own.body === undefined ? {} : { body: own.body }),
  })
  const found: [string, Request][] = []
  const asking = { ...party, open: early }
  const lookups = lookupsOf(method).map((asked): [string, Request] => {
    const { lookup, names } = asked
    const address = target.ownAddress({ ...of, values: early }, lookup.get, lookup.anonymous)
    const request = { ...address, method: 'GET', headers: lookupHeaders(asked, asking) }
    const bare = lookup.anonymous || lookup.headers?.authorization !== undefined
    const words = { ...placing, values: valuesFrom(early), ...(bare ? { send: {}, defaults: {} } : {}) }
    return [`look up ${names.join(' and ')}`, place(request, words)]
  })
  found.push(...lookups)
  const bases = method.send.url === undefined ? target.bases(service, method, open) : ['']
  for (const [base] of bases.entries()) {
    const verb = method.send.body ? 'POST' : 'GET'
    const address = target.address(
      { ...of, base },
      { path: method.send.url === undefined ? '/some/path' : '', query: 'a=1&b=%20' },
    )
    const body = method.send.body ? { body: '{"summary":"text"}' } : {}
    const headers = method.send.body ? { 'content-type': 'application/json' } : {}
    found.push([
      bases.length > 1 ? `call ${base + 1}` : 'call',
      place({ ...address, method: verb, headers, ...body }, placing),
    ])
  }
  const check = checkCall(service, method, open, optional)
  if ('call' in check) found.push(['check', place(call(check.call), placing)])
  const identity = identityCall(service, method)
  if (identity) found.push(['identity', place(call(identity), placing)])
  return found
}
