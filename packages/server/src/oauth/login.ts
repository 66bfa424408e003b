import { type Login, valueAt } from '@cardea/catalog'
import { sign } from '../inject/sign.ts'
import type { Outgoing } from '../net/message.ts'
import { Secret } from '../secret.ts'
import { lifeOf, type Obtained, withoutTokens } from './answer.ts'
import { addressOf, type Outside, type Party, valuesOf } from './party.ts'
import { filledParams, fillHeaders, fillKnown, formOf } from './shape.ts'

/** Two steps: a call with the fields gives what is sent. */
export function loginRequest(obtain: Login, party: Party, outside: Outside): Outgoing {
  const values = valuesOf(party)
  const headers = fillHeaders(obtain.headers ?? {}, party)
  headers.accept ??= 'application/json'
  const request: Outgoing = { method: obtain.method ?? 'POST', url: addressOf(obtain.url, party, outside), headers }
  if (obtain.basic) {
    const pair = `${fillKnown(obtain.basic.user, values)}:${fillKnown(obtain.basic.password, values)}`
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  }
  if (obtain.json) {
    headers['content-type'] ??= 'application/json'
    request.body = JSON.stringify(Object.fromEntries(filledParams(obtain.json, party)))
  } else if (obtain.form) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded'
    request.body = formOf(filledParams(obtain.form, party))
  }
  return obtain.sign ? (sign(obtain.sign, values, request, outside) as Outgoing) : request
}

/** What the call gave, by the names under which it is sent. Undefined when a part is missing. */
export function givenBy(obtain: Login, body: unknown, now: number): Obtained | undefined {
  const given = new Map<string, string>()
  for (const [name, path] of Object.entries(obtain.gives)) {
    const value = valueAt(body, path)
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text !== 'string' || !/^[\x20-\x7e]+$/.test(text)) return undefined
    given.set(name, text)
  }
  return {
    secrets: Object.fromEntries([...given].map(([name, text]) => [name, Secret.of(text)])),
    life: lifeOf(body, obtain.answer ?? {}, now),
    told: withoutTokens(body, [...given.values()]),
  }
}
