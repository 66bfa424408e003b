import {
  type Check as CheckWords,
  fill,
  fillEntries,
  holds,
  type Json,
  type Method,
  missing,
  type ReadAnswer,
  type Service,
  type Values,
  valueAt,
} from '@cardea/catalog'
import { classify, type Expected, isPage, type Meaning } from './classify.ts'

/** A call of ours before it has an address and a credential. `to` is a path or a whole address. */
export interface OwnCall {
  method: 'GET' | 'POST'
  to: string
  headers: Record<string, string>
  body?: string
}
export type Check = { call: OwnCall } | { mail: 'login' } | { mcp: string } | { none: string }

/** Three questions, each answered yes, no, or not known. */
export interface CheckResult {
  reachable: boolean
  accepted: boolean | null
  sufficient: boolean | null
  /** The service answers yes to anybody. */
  weak: boolean
  meaning: Meaning
}

export function checkOf(service: Service, method: Method): CheckWords {
  return method.check ?? service.check
}

export function checkCall(service: Service, method: Method, values: Values, optional: ReadonlySet<string>): Check {
  const check = checkOf(service, method)
  if ('none' in check) return { none: check.none }
  if ('mail' in check) return { mail: check.mail }
  if ('mcp' in check) return { mcp: fill(check.mcp, values) }
  const headers = fillEntries(check.headers ?? {}, values, optional)
  const to = (check.get ?? check.post)!
  const call: OwnCall = { method: check.get === undefined ? 'POST' : 'GET', to, headers }
  if (check.graphql !== undefined) withJson(call, { query: check.graphql })
  else if (check.form) {
    call.headers['content-type'] ??= 'application/x-www-form-urlencoded'
    call.body = new URLSearchParams(
      Object.entries(check.form).flatMap(([name, template]) =>
        missing(template, values).length > 0 ? [] : [[name, fill(template, values)] as [string, string]],
      ),
    ).toString()
  } else if (check.body !== undefined) withJson(call, filledJson(check.body, values))
  if (expectedOf(check) === 'json') acceptingJson(call.headers, service, method)
  return { call }
}

/** A service that wants another word for JSON names it among its own headers. */
export function acceptingJson(headers: Record<string, string>, service: Service, method: Method): void {
  if ({ ...service.headers, ...method.headers }.accept === undefined) headers.accept ??= 'application/json'
}

export function withJson(call: OwnCall, json: Json): void {
  call.headers['content-type'] ??= 'application/json'
  call.body = JSON.stringify(json)
}

/** The three answers from what came back. */
export function judgeCheck(service: Service, method: Method, answer: ReadAnswer, now: number): CheckResult {
  const check = checkOf(service, method)
  if (!('get' in check || 'post' in check)) throw new Error('this check is not a call')
  const weak = check.weak === true
  const expects = expectedOf(check)
  const result = (meaning: Meaning, accepted: boolean | null, sufficient: boolean | null): CheckResult => ({
    reachable: meaning.is !== 'unavailable',
    accepted,
    sufficient,
    weak,
    meaning,
  })
  if (check.alsoOk?.some((condition) => holds(condition, answer))) return result({ is: 'ok' }, true, null)
  if (passes(check, answer, expects)) return result({ is: 'ok' }, true, true)
  const meaning = classify(service, answer, now, expects)
  switch (meaning.is) {
    case 'rejected':
      return result(meaning, false, null)
    case 'restricted':
      return result(meaning, true, false)
    case 'ok':
      // It answered in the expected form, and the member that only an account has is something else: this is nobody.
      return deniesAccount(check, answer)
        ? result({ is: 'rejected' }, false, null)
        : result({ is: 'unexpected' }, null, null)
    default:
      return result(meaning, null, null)
  }
}

/** There was no answer at all. */
export function judgeSilence(): CheckResult {
  return { reachable: false, accepted: null, sufficient: null, weak: false, meaning: { is: 'unavailable' } }
}

type CallWords = Extract<CheckWords, { get: string } | { post: string }>

function passes(check: CallWords, answer: ReadAnswer, expects: Expected): boolean {
  const statusTold = check.ok?.status !== undefined
  if (!statusTold && (answer.status < 200 || answer.status > 299)) return false
  if (expects === 'json' && answer.json === undefined && !(statusTold && check.ok?.path === undefined)) return false
  if (expects === 'text' && isPage(answer)) return false
  if (check.graphql !== undefined) {
    const errors = valueAt(answer.json, 'errors')
    if (errors !== undefined && errors !== null && !(Array.isArray(errors) && errors.length === 0)) return false
  }
  return check.ok === undefined || holds(check.ok, answer)
}

/** Of GraphQL only its own words tell why there is no account: an error about something else looks the same. */
function deniesAccount({ ok, graphql }: CallWords, answer: ReadAnswer): boolean {
  if (!ok?.path || graphql !== undefined || valueAt(answer.json, ok.path) === undefined) return false
  return ok.status === undefined || [ok.status].flat().includes(answer.status)
}

function expectedOf(check: CallWords): Expected {
  return check.answer ?? 'json'
}

/** A string that is nothing but one placeholder takes the value; a member whose value is absent is left out. */
function filledJson(json: Json, values: Values): Json {
  if (typeof json === 'string') return fill(json, values)
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map((inner) => filledJson(inner as Json, values))
  return Object.fromEntries(
    Object.entries(json as Record<string, Json>).flatMap(([name, inner]) =>
      typeof inner === 'string' && missing(inner, values).length > 0 ? [] : [[name, filledJson(inner, values)]],
    ),
  )
}
