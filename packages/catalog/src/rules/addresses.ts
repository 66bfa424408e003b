/** Where a credential can end up: every address is https, every host closed, and no value people type can open one. */
import { placeholders } from '../fill.ts'
import type { ChoiceSetting, Method, Service, Setting } from '../types.ts'
import { canLeaveLabel, isOpenHost } from './patterns.ts'

interface Complaint {
  readonly where: string
  readonly says: string
}

/** Suffixes under which strangers have hosts of their own. */
const SHARED = [
  'amazonaws.com',
  'cloudfront.net',
  'azurewebsites.net',
  'googleusercontent.com',
  'herokuapp.com',
  'github.io',
  'vercel.app',
  'workers.dev',
]

export function faultsOfAddress(template: string, where: string, service: Service, method: Method): Complaint[] {
  const whole = /^\{([^}]+)\}(?:\/|$)/.exec(template)
  if (whole) {
    const setting = settingOf(whole[1]!, service, method)
    return setting?.kind === 'url' ? [] : [{ where, says: 'only a setting of kind url may begin an address' }]
  }
  const host = hostOf(template)
  if (host === undefined) return [{ where, says: `${template} is not an https address` }]
  return faultsOfHost(host, where, service, method)
}

/** The host part of an https template; undefined if it is none. */
export function hostOf(template: string): string | undefined {
  return /^https:\/\/([^/?#]+)/.exec(template)?.[1]
}

export function faultsOfHost(host: string, where: string, service: Service, method: Method): Complaint[] {
  const literal = host.replaceAll(/\{[^}]+\}/g, 'x')
  if (!/^(\*\.)?[a-z0-9.-]+$/i.test(literal)) return [{ where, says: `${host} is not a host` }]
  if (isOwnMachine(host)) return [{ where, says: `${host} is an address within a network, not a public name` }]
  if (host.startsWith('*.') && (literal.split('.').length < 3 || SHARED.includes(host.slice(2)))) {
    return [{ where, says: `${host} takes in strangers` }]
  }
  return placeholders(host).flatMap((name) => {
    const says = faultInHost(name, host, service, method)
    return says ? [{ where, says: `{${name}} ${says}` }] : []
  })
}

/** Numbers, and names that lead to this machine or to the metadata of its cloud. Private names are guarded when they are resolved. */
function isOwnMachine(host: string): boolean {
  const last = host.split('.').at(-1)!
  return (
    /^(\d+|0x[0-9a-f]*)$/i.test(last) ||
    /^(localhost|localdomain)$/i.test(last) ||
    /^(metadata(\.google\.internal|\.goog)?|instance-data(\..*)?)$/i.test(host)
  )
}

function faultInHost(name: string, host: string, service: Service, method: Method): string | undefined {
  const alone = host === `{${name}}`
  const learned = method.learn?.[name]
  if (learned) {
    if (!learned.pattern)
      return settingOf(name, service, method) ? undefined : 'is learned without a pattern and shapes a host'
    return (alone ? isOpenHost(learned.pattern) : canLeaveLabel(learned.pattern, 'refused'))
      ? 'could become any host'
      : undefined
  }
  const derived = method.derive?.[name] ?? service.derive?.[name]
  if (derived) {
    return placeholders(derived.of)
      .map((inner) => faultInHost(inner, host.replace(`{${name}}`, `{${inner}}`), service, method))
      .find(Boolean)
  }
  const setting = settingOf(name, service, method)
  if (!setting) return 'is no public value'
  if (setting.kind === 'choice')
    return choicesFit(setting, name) ? undefined : 'has a choice that is not part of a host name'
  if (setting.kind === 'host') return alone || host === `*.{${name}}` ? undefined : 'is a whole host, not a part of one'
  if (setting.kind !== 'text') return 'cannot stand in a host'
  if (alone) return isOpenHost(setting.pattern) ? 'could become any host' : undefined
  // Dots are harmless only in front of a suffix that is the vendor's own.
  const before = host.slice(0, host.indexOf(`{${name}}`))
  const after = host.slice(host.indexOf(`{${name}}`) + name.length + 2)
  const dots = !before && /^\.[a-z0-9-]+\.[a-z]+$/.test(after) ? 'allowed' : 'refused'
  return canLeaveLabel(setting.pattern, dots) ? 'could leave its place in the host' : undefined
}

function choicesFit({ options }: ChoiceSetting, name: string): boolean {
  const member = name.split('.')[1]
  const values = Array.isArray(options)
    ? options
    : Object.entries(options).map(([value, more]) => (member ? more[member] : value))
  return values.every((value) => /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value ?? ''))
}

export function settingOf(name: string, service: Service, method: Method): Setting | undefined {
  const base = name.split('.')[0]!
  const find = (settings: Service['settings']) =>
    settings && Object.hasOwn(settings, base) ? settings[base] : undefined
  return find(method.settings) ?? find(service.settings)
}

/** Settings of one method that belong to the registered app: they stand where the client secret is sent, and nobody said otherwise. */
export function appSettings(service: Service, method: Method): string[] {
  if (method.obtain.by === 'nothing' || method.fields?.clientSecret || !('token' in method.obtain)) return []
  const { token, refresh, revoke } = method.obtain as {
    token: string
    refresh?: { url?: string } | false
    revoke?: { url?: string }
  }
  const addresses = [
    token,
    'authorize' in method.obtain ? method.obtain.authorize : '',
    refresh ? refresh.url : '',
    revoke?.url,
  ]
  const names = addresses.flatMap((address) => placeholders(address ?? '').map((name) => name.split('.')[0]!))
  const open = new Set(method.perConnection ?? [])
  return [...new Set(names)].filter((name) => settingOf(name, service, method) && !open.has(name))
}

/** What a member may choose must be a word from a list, or one label before the vendor's own suffix. */
export function faultsOfPerConnection(service: Service, method: Method, where: string): Complaint[] {
  return (method.perConnection ?? []).flatMap((name) => {
    const setting = settingOf(name, service, method)
    const closed =
      setting?.kind === 'choice' || (setting?.kind === 'text' && !canLeaveLabel(setting.pattern, 'refused'))
    return closed ? [] : [{ where, says: `${name} is open: a member could point the client secret elsewhere` }]
  })
}

/** The address is the secret, so its pattern is all that keeps it on the vendor's hosts. */
export function faultsOfWebhook(method: Method, hosts: readonly string[], where: string): Complaint[] {
  if (!method.send.url) return []
  const field = /^\{(\w+)\}$/.exec(method.send.url)?.[1] ?? ''
  const pattern = method.fields?.[field]?.pattern ?? ''
  const found = /^\^https:\/\/(.+?)\//.exec(pattern)?.[1]
  // A dot that is not escaped stands for any letter of a stranger's name.
  const named = found?.replaceAll(/\\.|\[[^\]]*\]/g, '').includes('.') ? undefined : found
  const reached = named
    ? alternatives(named).map((host) => host.replaceAll('\\.', '.').replace(/^\[a-z0-9-\][+]/, '*'))
    : ['']
  const covered = (host: string) =>
    hosts.includes(host) || hosts.some((own) => own.startsWith('*.') && host.endsWith(own.slice(1)))
  const stray = reached.filter((host) => !covered(host))
  return stray.map((host) => ({
    where: `${where}.send.url`,
    says: `needs a pattern ^https://host/… whose hosts are listed: ${host} is not`,
  }))
}

/** `hook\.(eu1|us1)\.make\.com` is two hosts. */
function alternatives(pattern: string): string[] {
  const group = /\(([^()]*)\)/.exec(pattern)
  if (!group) return [pattern]
  return group[1]!.split('|').flatMap((choice) => alternatives(pattern.replace(group[0], choice)))
}
