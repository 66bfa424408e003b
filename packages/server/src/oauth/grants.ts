import type { ClientCredentials, DeviceCode, SamlAssertion } from '@cardea/catalog'
import type { Outgoing } from '../net/message.ts'
import { addressOf, type Outside, type Party, scopeText, valuesOf } from './party.ts'
import { clientAuthOf, filledParams, fillKnown, merged, type Param, shape, standard } from './shape.ts'

/** Grants that need nobody at a browser, or somebody at another one. */
export function clientCredentialsRequest(
  obtain: ClientCredentials,
  party: Party,
  outside: Outside,
  resource?: string,
): Outgoing {
  const params = merged(
    standard(obtain.names, 'grantType', obtain.grant ?? 'client_credentials'),
    standard(obtain.names, 'scope', scopeText(party)),
    resource ? [['resource', resource]] : [],
    filledParams(obtain.extra?.token, party),
  )
  return tokenRequest(obtain, party, params, outside)
}

/** RFC 7522. */
export function samlRequest(obtain: SamlAssertion, party: Party, outside: Outside): Outgoing {
  const assertion = fillKnown(obtain.assertion, valuesOf(party)).replaceAll(/\s+/g, '')
  const params = merged(
    standard(obtain.names, 'grantType', obtain.grant ?? 'urn:ietf:params:oauth:grant-type:saml2-bearer'),
    [['assertion', assertion]],
    standard(obtain.names, 'scope', scopeText(party)),
    filledParams(obtain.extra?.token, party),
  )
  return tokenRequest(obtain, party, params, outside)
}

/** RFC 8628. */
export function deviceRequest(obtain: DeviceCode, party: Party, outside: Outside): Outgoing {
  const params = merged(standard(obtain.names, 'scope', scopeText(party)), filledParams(obtain.extra?.authorize, party))
  const auth = clientAuthOf(obtain, party)
  const url = addressOf(obtain.device, party, outside)
  return shape(party, { url, params, auth, headers: obtain.headers ?? {} }, outside, obtain.names)
}

export function devicePollRequest(obtain: DeviceCode, party: Party, deviceCode: string, outside: Outside): Outgoing {
  const params = merged(
    standard(obtain.names, 'grantType', obtain.grant ?? 'urn:ietf:params:oauth:grant-type:device_code'),
    [['device_code', deviceCode]],
    filledParams(obtain.extra?.token, party),
  )
  return tokenRequest(obtain, party, params, outside)
}

type Endpoint = ClientCredentials | SamlAssertion | DeviceCode

function tokenRequest(obtain: Endpoint, party: Party, params: readonly Param[], outside: Outside): Outgoing {
  return shape(
    party,
    {
      url: addressOf(obtain.token, party, outside),
      params,
      body: obtain.body ?? 'form',
      auth: clientAuthOf(obtain, party),
      headers: obtain.headers ?? {},
    },
    outside,
    obtain.names,
  )
}
