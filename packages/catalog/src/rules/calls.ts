/** Where the calls of a definition go: every address is a path below `baseUrl`, or an https address on a host that it lists. */
import type { Method, Service } from '../types.ts'
import { hostOf } from './addresses.ts'

interface Complaint {
  readonly where: string
  readonly says: string
}

type Called = Pick<Method, 'check' | 'identity' | 'learn'>
const VERBS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** Each address of actions, checks, identities and look-ups, with where it stands. */
export function faultsOfCalls(service: Service): Complaint[] {
  const everywhere = new Set(Object.values(service.auth).flatMap((method) => hostsOf(service, method)))
  const calls = [
    ...callsOf(service, ''),
    ...Object.entries(service.auth).flatMap(([name, method]) => callsOf(method, `auth.${name}.`)),
  ]
  const actions = Object.entries(service.actions ?? {}).flatMap(([name, action]) =>
    addressesIn(`actions.${name}`, action),
  )
  return [
    ...[...calls, ...actions].flatMap(({ where, address }) =>
      /^($|\/(?!\/)|https:\/\/|\{)/.test(address) && !/[\\\s]/.test(address)
        ? []
        : [{ where, says: `${address} is neither a path nor an https address` }],
    ),
    ...actions.flatMap(({ where, address }) => {
      const host = hostOf(address)
      return !host || everywhere.has(host) ? [] : [{ where, says: notListed(host) }]
    }),
  ]
}

/** Each absolute address that will carry the credential must be on a host the credential may go to. */
export function credentialLeaves(call: object, hosts: readonly string[], where: string): Complaint[] {
  if ('anonymous' in call) return []
  return addressesIn(where, call).flatMap((found) => {
    const host = hostOf(found.address)
    return !host || hosts.includes(host) ? [] : [{ where: found.where, says: notListed(host) }]
  })
}

export function hostsOf(service: Service, method: Method): string[] {
  const bases = [method.baseUrl ?? service.baseUrl ?? []].flat()
  return [...bases.map((base) => hostOf(base) ?? base), ...(service.hosts ?? []), ...(method.hosts ?? [])]
}

function notListed(host: string): string {
  return `${host} receives the credential but is not among the hosts`
}

function callsOf({ check, identity, learn = {} }: Called, where: string) {
  const asked = identity && 'from' in identity && typeof identity.from === 'object' ? identity.from : {}
  return [
    ...addressesIn(`${where}check`, check ?? {}),
    ...addressesIn(`${where}identity.from`, asked),
    ...Object.entries(learn).flatMap(([name, { from }]) =>
      typeof from === 'object' ? addressesIn(`${where}learn.${name}.from`, from) : [],
    ),
  ]
}

function addressesIn(where: string, call: object): { where: string; address: string }[] {
  return VERBS.flatMap((verb) => {
    const address = (call as Readonly<Record<string, unknown>>)[verb]
    return typeof address === 'string' ? [{ where: `${where}.${verb}`, address }] : []
  })
}
