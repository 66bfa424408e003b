import type { Send } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import type { Broker } from '../broker/broker.ts'
import { Problem } from '../errors.ts'
import { placesOf as takenBy } from '../inject/strip.ts'
import type { Explanation, Policies } from '../policy/policy.ts'
import type { Target } from '../target/target.ts'
import { callOf, composed } from './compose.ts'
import { filledText, known } from './fill.ts'
import type { AskedAction, Found } from './found.ts'
import type { Given } from './input.ts'
import { mailAct } from './mailbox.ts'

export interface Previewed {
  method: string
  /** Null where the address is itself the secret. */
  address: string | null
  headers: Record<string, string>
  /** As text. */
  body: string | null
  /** Where the credential would go, by name. */
  credentialIn: string[]
  /** Any one of these would have to be granted first. */
  missingScopes: readonly string[]
  policies: Explanation
}

export { createMailbox } from './mailbox.ts'
export interface PreviewDeps {
  broker: { skills: Pick<Broker['skills'], 'get'> }
  policies: Pick<Policies, 'explain'>
  target: Target
}

/** What an action would do, from what is public: no credential is opened, no token made, nothing sent and nothing recorded. */
export async function previewOf(
  { broker, policies, target }: PreviewDeps,
  caller: Caller,
  asked: AskedAction,
  found: Found,
  input: Given,
): Promise<Previewed> {
  const skill = await skillOf(broker, caller, asked, found)
  const sent = found.action.mail ? mailOf(found, input) : callIn(target, found, input)
  const { path, host, ...call } = sent
  const explained = await policies.explain(caller, {
    what: 'use',
    connection: found.connectionId,
    ...(skill === undefined ? {} : { skill }),
    httpMethod: call.method,
    path,
    ...(host === undefined ? {} : { host }),
  })
  const credentialIn = placesOf(found.described.method.send)
  return { ...call, credentialIn, missingScopes: found.lacks ?? [], policies: explained }
}

type Shown = Pick<Previewed, 'method' | 'address' | 'headers' | 'body'> & { path: string; host?: string }

function callIn(target: Target, { identifier, action, described }: Found, input: Given): Shown {
  const { method, path, query, host, headers, body } = composed(identifier, action, described, input)
  const address = target.address(described, { path, query, ...(host === undefined ? {} : { host }) })
  const whole = `${address.base}${address.path}${address.query === '' ? '' : `?${address.query}`}`
  return {
    method,
    path,
    ...(host === undefined ? {} : { host }),
    address: address.base === '' ? null : whole,
    headers: withoutCredential({ ...usualHeaders(described), ...headers }, described),
    body: body ? body.toString('utf8') : null,
  }
}

/** Where the credential goes, nothing else does. */
function withoutCredential(headers: Record<string, string>, { method, values }: Found['described']) {
  const taken = new Set(takenBy(method.send, values))
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !taken.has(name)))
}

/** What the definition sends with every call, as far as it is public. */
function usualHeaders({ service, method, values }: Found['described']): Record<string, string> {
  const open = known({}, {}, values)
  return Object.fromEntries(
    Object.entries({ ...service.headers, ...method.headers }).flatMap(([name, template]) => {
      const value = filledText(template, open)
      return value === undefined ? [] : [[name.toLowerCase(), value]]
    }),
  )
}

function mailOf({ action, described }: Found, input: Given): Shown {
  const act = mailAct(action.mail!, described, input)
  const [method, path] = callOf(action)
  const { host, port } = act.server
  const address = `${act.does === 'send' ? 'smtp' : 'imap'}://${host}:${port}`
  return {
    method,
    path,
    address,
    headers: {},
    body: JSON.stringify(act.does === 'send' ? readable(act.mail) : act.what),
  }
}

function readable({ attachments, ...mail }: Extract<ReturnType<typeof mailAct>, { does: 'send' }>['mail']): object {
  const attached = attachments?.map(({ name, type, content }) => ({ name, type, bytes: content.byteLength }))
  return { ...mail, ...(attached ? { attachments: attached } : {}) }
}

function placesOf(send: Send): string[] {
  const { url, path, basic, sign, mail } = send
  const named = (place: string, entries: object | undefined) =>
    Object.keys(entries ?? {}).map((name) => `${place} ${name}`)
  return [
    ...named('header', send.headers),
    ...named('query', send.query),
    ...named('cookie', send.cookies),
    ...named('body', send.body),
    ...(basic ? ['header authorization'] : []),
    ...(path ? ['path'] : []),
    ...(url ? ['address'] : []),
    ...(sign ? ['signature'] : []),
    ...(mail ? ['login'] : []),
  ]
}

/** What its manifest would say when a token is made. Whether the caller may run it is asked then. */
async function skillOf(
  broker: PreviewDeps['broker'],
  caller: Caller,
  asked: AskedAction,
  { identifier }: Found,
): Promise<string | undefined> {
  const { actor } = caller
  const named = asked.skill ?? (actor.kind === 'key' ? actor.skillId : undefined)
  if (named === undefined) return undefined
  const { manifest } = await broker.skills.get(caller, named)
  const service = identifier.slice(0, identifier.indexOf('.'))
  if (!manifest.credentials.includes(service)) {
    throw new Problem('token.outside_manifest', { skill: manifest.name, service })
  }
  if (manifest.actions && !manifest.actions.includes(identifier)) {
    throw new Problem('token.wrong_action', { skill: manifest.name, action: identifier })
  }
  return manifest.name
}
