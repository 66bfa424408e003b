import { holds, type Service, valueAt } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { whenToComeBack } from '../net/come-back.ts'
import type { Answer } from '../net/message.ts'
import { parsedBody } from './answer.ts'

/** Why a token call failed, in four classes, each with somebody else to act. Nothing secret is in what is said about it. */
export type FailureClass = 'grant_dead' | 'client_misconfigured' | 'transient' | 'unknown'

export interface Failure {
  is: FailureClass
  /** The word of the service, or its status. */
  error: string
  description?: string
  comeBackAt?: number
}

const GRANT_DEAD = new Set([
  'invalid_grant',
  'invalid_token',
  'access_denied',
  'account_inactive',
  'bad_refresh_token',
  'bad_verification_code',
  'consent_required',
  'expired_token',
  'interaction_required',
  'invalid_auth',
  'invalid_code',
  'code_already_used',
  'invalid_refresh_token',
  'login_required',
  'refresh_token_expired',
  'revoked_token',
  'token_expired',
  'token_revoked',
  'user_not_found',
])
const CLIENT_MISCONFIGURED = new Set([
  'bad_client_secret',
  'bad_redirect_uri',
  'incorrect_client_credentials',
  'invalid_client',
  'invalid_client_id',
  'invalid_client_metadata',
  'invalid_client_secret',
  'invalid_redirect_uri',
  'invalid_scope',
  'invalid_target',
  'application_suspended',
  'redirect_uri_mismatch',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
])
const TRANSIENT = new Set([
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'ratelimited',
  'rate_limited',
  'internal_error',
])

export function failureOf(service: Service, answer: Answer, secrets: Secrets, now: number): Failure {
  const body = parsedBody(answer)
  const read = { ...answer, ...(body === undefined ? {} : { json: body }) }
  const error = errorWord(body)
  const description = scrubbed(descriptionOf(body), secrets)
  const said = { error: error ?? String(answer.status), ...(description === undefined ? {} : { description }) }
  const own = (kind: 'rejected' | 'limited' | 'unavailable') =>
    service.answers?.[kind]?.some(
      (condition) => (condition.path ?? condition.contains) !== undefined && holds(condition, read),
    )
  if (answer.status === 429 || answer.status >= 500 || own('limited') || own('unavailable')) {
    const at = whenToComeBack(read, service.answers?.comeBack, now)
    return { is: 'transient', ...said, ...(at === undefined ? {} : { comeBackAt: at }) }
  }
  if (error !== undefined && TRANSIENT.has(error)) return { is: 'transient', ...said }
  if (error !== undefined && CLIENT_MISCONFIGURED.has(error)) return { is: 'client_misconfigured', ...said }
  if (error !== undefined && GRANT_DEAD.has(error)) return { is: 'grant_dead', ...said }
  if (own('rejected')) return { is: 'grant_dead', ...said }
  // A page instead of an answer was not written by the token endpoint.
  if (body === undefined && /^\s*</.test(answer.body)) return { is: 'transient', ...said }
  return { is: 'unknown', ...said }
}

/** No answer at all: nobody knows whether the service acted on the request. */
export function silence(error: unknown): Failure {
  const code = (error as { code?: unknown } | null)?.code
  return { is: 'transient', error: typeof code === 'string' && /^[A-Z_]{2,40}$/.test(code) ? code : 'no answer' }
}

export function problemOf(failure: Failure): Problem {
  const { is, ...values } = failure
  switch (is) {
    case 'grant_dead':
      return new Problem('oauth.grant_dead', values)
    case 'client_misconfigured':
      return new Problem('oauth.client_misconfigured', values)
    case 'transient':
      return new Problem('oauth.unavailable', values)
    case 'unknown':
      return new Problem('oauth.unexpected_answer', values)
  }
}

export function classOf(error: unknown): FailureClass | undefined {
  if (!(error instanceof Problem)) return undefined
  const known: Partial<Record<string, FailureClass>> = {
    'oauth.grant_dead': 'grant_dead',
    'oauth.client_misconfigured': 'client_misconfigured',
    'oauth.unavailable': 'transient',
    'oauth.unexpected_answer': 'unknown',
  }
  return Object.hasOwn(known, error.code) ? known[error.code] : undefined
}

/** A word of the protocol, never free text: some services put a sentence, or an object, where the word belongs. */
export function errorWord(body: unknown): string | undefined {
  const found = [
    valueAt(body, 'error'),
    valueAt(body, 'error.code'),
    valueAt(body, 'error.type'),
    valueAt(body, 'errorCode'),
    valueAt(body, 'code'),
  ]
    .map((value) => (typeof value === 'number' ? String(value) : value))
    .find((value) => typeof value === 'string' && /^[A-Za-z0-9_.-]{1,60}$/.test(value))
  return (found as string | undefined)?.toLowerCase()
}

function descriptionOf(body: unknown): string | undefined {
  const candidates = ['error_description', 'error.message', 'message', 'detail', 'errorSummary']
  const found = candidates.map((path) => valueAt(body, path)).find((value) => typeof value === 'string' && value !== '')
  return found as string | undefined
}

/** Services quote what they were sent: secrets by name, codes, whole tokens. */
export function scrubbed(description: string | undefined, secrets: Secrets): string | undefined {
  if (description === undefined) return undefined
  let text = description.slice(0, 2000)
  for (const secret of Object.values(secrets)) {
    const value = secret?.reveal()
    if (value && value.length >= 4) text = text.replaceAll(value, '…')
  }
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replaceAll(/(?=[\w.~+/=-]*\d)[\w.~+/=-]{20,}/g, '…')
    .slice(0, 200)
    .trim()
}
