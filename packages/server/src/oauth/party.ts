import { type ClientAuth, fillAddress, type Method, optionalNames, type Service, type Values } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Signing } from '../inject/call.ts'
import { openedWhenNamed, type Secrets } from '../inject/values.ts'
import type { Secret } from '../secret.ts'

/** Everything that a request to a token endpoint can be made of: who asks, for which connection, with what. */
export interface Party {
  service: Service
  method: Method
  /** From the target room: checked. */
  open: Values
  /** Fields of the method and of the app, and what was obtained before, by name. */
  secrets: Secrets
  /** The registered app. Absent where the method's own fields stand for it. */
  client?: Client
  redirectUri?: string
  /** Those that are asked for; by default what the method asks. */
  scopes?: readonly string[]
}
export interface Client {
  id: string
  secret?: Secret
  /** Where the method leaves a choice. */
  auth?: ClientAuth
  key?: { pem: Secret; alg: 'RS256' | 'ES256'; kid?: string }
}

export interface Outside extends Signing {
  /** Hosts that the operator allowed to be reached without TLS. */
  allowsPlainHttp?: (host: string) => boolean
}

export function askedScopes({ method, scopes }: Party): readonly string[] {
  return scopes ?? Object.keys(method.scopes?.ask ?? {})
}

export function scopeText(party: Party): string {
  return askedScopes(party).join(party.method.scopes?.separator ?? ' ')
}

/** Values for templates that are sent. Fields of the method stand before the app where both know a name. */
export function valuesOf(party: Party, more: Values = {}, secrets: Secrets = {}): Values {
  const { client, redirectUri } = party
  const all: Secrets = {
    ...(client?.secret ? { clientSecret: client.secret } : {}),
    ...party.secrets,
    ...secrets,
  }
  const live = all.refreshToken ?? all.accessToken
  return openedWhenNamed(
    { ...publicOf(party), redirectUri, scopes: scopeText(party) || undefined, ...more },
    { ...all, ...(live ? { liveToken: live } : {}) },
  )
}

/** Only public values may shape an address. */
export function addressOf(template: string, party: Party, outside: Outside): string {
  let address: string
  try {
    address = fillAddress(template, publicOf(party))
  } catch (error) {
    throw new Problem('service.cannot_place', { why: (error as Error).message })
  }
  const url = new URL(address)
  if (url.protocol !== 'https:' && !outside.allowsPlainHttp?.(url.host)) {
    throw new Problem('service.host_not_allowed', { host: url.host, why: 'it is not reached over https' })
  }
  return address
}

export function clientIdOf(party: Party): string | undefined {
  const values = valuesOf(party)
  return values.clientId || undefined
}

export function optionalOf({ service, method }: Party): ReadonlySet<string> {
  // Without a scope there is nothing to say about scopes.
  return new Set([...optionalNames(service, method), 'scopes'])
}

function publicOf({ open, client }: Party): Values {
  return client && open.clientId === undefined ? { ...open, clientId: client.id } : open
}
