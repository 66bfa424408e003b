import {
  fill,
  headerOf,
  type Identity,
  type Json,
  type Method,
  missing,
  type Path,
  type ReadAnswer,
  type Service,
  type Values,
  valueAt,
} from '@cardea/catalog'
import { acceptingJson, type OwnCall, withJson } from './check.ts'

/** Which account a connection belongs to. `id` tells two accounts apart; people see `label`. */
export interface Account {
  id: string
  label: string
  team?: string
}
/** What there is to read it from. */
export interface Sources {
  check?: ReadAnswer
  /** The answer of the token endpoint, its tokens taken out. */
  token?: unknown
  claims?: unknown
  values: Values
  /** The answer to `identityCall`. */
  asked?: ReadAnswer
}

const LONGEST = 200

export function identityOf(service: Service, method: Method): Identity {
  return method.identity ?? service.identity
}

/** The call that asks, where the check does not say it; undefined where nothing need be asked. */
export function identityCall(service: Service, method: Method): OwnCall | undefined {
  const identity = identityOf(service, method)
  if ('none' in identity || typeof identity.from !== 'object') return undefined
  const headers: Record<string, string> = {}
  acceptingJson(headers, service, method)
  if ('get' in identity.from) return { method: 'GET', to: identity.from.get, headers }
  const call: OwnCall = { method: 'POST', to: identity.from.post, headers }
  withJson(call, { query: identity.from.graphql } satisfies Json)
  return call
}

/** Undefined: the service says nothing, and connections are told apart by a keyed hash of the credential. */
export function identify(service: Service, method: Method, sources: Sources): Account | undefined {
  const identity = identityOf(service, method)
  if ('none' in identity) return undefined
  const found = sourceOf(identity, sources)
  const parts = [identity.id].flat().map((path) => textAt(found, path))
  if (parts.length === 0 || parts.some((part) => part === undefined)) return undefined
  const place =
    identity.at && missing(identity.at, sources.values).length === 0 ? fill(identity.at, sources.values) : undefined
  const joined = parts.join(':')
  // A value that was cut could be that of another account: ids are kept whole or not at all.
  if (joined.length > 500) return undefined
  const id = place === undefined ? joined : `${joined}@${place}`
  const label = [identity.label ?? []]
    .flat()
    .map((path) => textAt(found, path))
    .find((text) => text !== undefined)
  const team = identity.team === undefined ? undefined : textAt(found, identity.team)
  return { id, label: shown(label ?? id), ...(team === undefined ? {} : { team: shown(team) }) }
}

type Named = Exclude<Identity, { none: string }>

function sourceOf(identity: Named, sources: Sources): unknown {
  const from = identity.from ?? 'check'
  if (from === 'values') return { ...sources.values }
  if (from === 'token') return sources.token
  if (from === 'id_token') return sources.claims
  const answer = from === 'check' ? sources.check : sources.asked
  if (!answer || answer.status < 200 || answer.status > 299) return undefined
  return identity.header === undefined ? answer.json : headerOf(answer, identity.header)
}

/** Text or number, and not empty; anything else is no name. Values are flat: their dots are part of the name. */
function textAt(source: unknown, path: Path): string | undefined {
  const flat = source !== null && typeof source === 'object' && Object.hasOwn(source, path)
  const value = flat ? (source as Record<string, unknown>)[path] : valueAt(source, path)
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  return typeof text === 'string' && text.trim() !== '' ? text : undefined
}

/** What a service calls an account is shown to people: no line breaks, no tricks with the direction of writing. */
function shown(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .trim()
    .slice(0, LONGEST)
}
