/** Where the calls of a definition go: every address is a path below `baseUrl`, or an https address on a host that it lists. */

import { placeholders } from '../fill.ts'
import type { Method, Service } from '../types.ts'
import { faultsOfAddress, faultsOfHost, hostOf, settingOf } from './addresses.ts'

interface Complaint {
  readonly where: string
  readonly says: string
}

type Called = Pick<Method, 'check' | 'identity' | 'learn'>
const VERBS = ['get', 'post', 'put', 'patch', 'delete', 'mcp'] as const

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
    ...[...calls, ...actions].flatMap(({ where, address }) =>
      !address.startsWith('{') || beginsWell(address, service)
        ? []
        : [{ where, says: 'only a setting of kind url or path may begin an address' }],
    ),
    ...actions.flatMap(({ where, address }) => {
      const host = hostOf(address)
      return !host || everywhere.has(host) ? [] : [{ where, says: notListed(host) }]
    }),
  ]
}

/** Hosts and names that a method gives elsewhere than in an address. */
export function faultsOfPlaces(service: Service, method: Method, where: string): Complaint[] {
  const { mail, cookies = {} } = method.send
  const servers = [
    ...(mail ? [{ where: `${where}.send.mail.smtp.host`, host: mail.smtp.host }] : []),
    ...(mail?.imap ? [{ where: `${where}.send.mail.imap.host`, host: mail.imap.host }] : []),
  ]
  return [
    ...servers.flatMap((server) => faultsOfHost(server.host, server.where, service, method)),
    ...Object.keys(cookies).flatMap((name) =>
      /^([\w.-]+|\{\w+\})$/.test(name)
        ? []
        : [{ where: `${where}.send.cookies.${name}`, says: 'is not the name of a cookie' }],
    ),
    // Those that carry the credential are on a listed host; these go wherever they say.
    ...Object.entries(method.learn ?? {}).flatMap(([name, { from }]) =>
      typeof from === 'object' && hostOf(from.get)
        ? faultsOfAddress(from.get, `${where}.learn.${name}.from.get`, service, method)
        : [],
    ),
  ]
}

function beginsWell(address: string, service: Service): boolean {
  const [name] = placeholders(address)
  return Object.values(service.auth).some((method) =>
    ['url', 'path'].includes(settingOf(name ?? '', service, method)?.kind ?? ''),
  )
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
