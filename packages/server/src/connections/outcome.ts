import type { ReadAnswer } from '@cardea/catalog'
import type { CheckResult, Meaning } from '../answers/answers.ts'
import { Problem } from '../errors.ts'
import type { MailCheck } from '../net/mail-words.ts'
import type { Trouble } from './reasons.ts'
import type { Outcome } from './state.ts'

/** What an answer, or the lack of one, means for a connection. */
type Plain = Omit<Outcome, 'from'>

export function ofCheck(result: CheckResult, answer: ReadAnswer): Plain {
  if (result.accepted === true)
    return { is: result.sufficient === false ? 'restricted' : result.weak ? 'weak' : 'accepted' }
  if (result.accepted === false) return { is: 'rejected' }
  return ofMeaning(result.meaning, answer)
}

/** Of a call that somebody else made, or of one that only says whether it was refused. */
export function ofMeaning(meaning: Meaning, answer: ReadAnswer): Plain {
  const comeBack = 'comeBackAt' in meaning && meaning.comeBackAt !== undefined ? { comeBackAt: meaning.comeBackAt } : {}
  switch (meaning.is) {
    case 'ok':
      return { is: 'accepted' }
    case 'rejected':
      return { is: 'rejected' }
    case 'restricted':
      return { is: 'restricted' }
    case 'limited':
      return { is: 'trouble', trouble: 'rate_limited', ...comeBack }
    case 'unavailable':
      return { is: 'trouble', trouble: unavailableBy(answer), ...comeBack }
    case 'retired':
      return { is: 'trouble', trouble: 'api_retired' }
    case 'unexpected':
      return { is: 'trouble', trouble: 'unexpected_answer' }
  }
}

function unavailableBy(answer: ReadAnswer): Trouble {
  const type = Object.hasOwn(answer.headers, 'content-type') ? answer.headers['content-type']! : ''
  const isPage = answer.json === undefined && (/\bhtml\b/i.test(type) || /^\s*</.test(answer.body))
  if (answer.status >= 500) return isPage ? 'maintenance' : 'service_down'
  if (answer.status >= 400) return isPage ? 'blocked' : 'service_down'
  return 'asleep'
}

const NET: Readonly<Record<string, Trouble>> = {
  dns: 'name_not_found',
  connect: 'connection_refused',
  tls: 'tls_failed',
  reset: 'connection_reset',
  timeout: 'timed_out',
  protocol: 'unexpected_answer',
  too_large: 'unexpected_answer',
}

/** What went wrong before there was an answer. Undefined for what is a fault of ours, which nobody may take for a state. */
export function ofFailure(error: unknown, ownsApp = true): Plain | undefined {
  if (!(error instanceof Problem)) {
    const code = (error as { code?: unknown } | null)?.code
    return typeof code === 'string' && Object.hasOwn(SYSTEM, code) ? trouble(SYSTEM[code]!) : undefined
  }
  const said = String(error.values.error ?? '')
  const comeBack = typeof error.values.comeBackAt === 'number' ? { comeBackAt: error.values.comeBackAt } : {}
  switch (error.code) {
    case 'net.failed':
      return trouble(NET[String(error.values.kind)] ?? 'no_answer')
    case 'net.host_refused':
    case 'service.host_not_allowed':
      return trouble('address_not_allowed')
    case 'oauth.grant_dead':
      return { is: ownsApp ? 'rejected' : 'ended' }
    case 'connection.app_gone':
      return { is: 'ended' }
    case 'oauth.client_misconfigured':
      // Where the fields of the connection stand for the app, they are what is refused.
      return ownsApp ? { is: 'rejected' } : trouble('app_misconfigured')
    case 'oauth.unavailable':
      if (said === '429') return { ...trouble('rate_limited'), ...comeBack }
      return {
        ...trouble(Object.hasOwn(SYSTEM, said) ? SYSTEM[said]! : said === 'no answer' ? 'no_answer' : 'service_down'),
        ...comeBack,
      }
    case 'oauth.unexpected_answer':
      return said === '401' ? { is: ownsApp ? 'rejected' : 'ended' } : trouble('unexpected_answer')
    case 'oauth.key_unusable':
    // Only whoever enters the credential can choose.
    case 'connection.choice_needed':
    case 'service.cannot_place':
    case 'service.value_missing':
    case 'service.setting_refused':
    case 'service.path_refused':
      return trouble('cannot_be_sent')
    case 'service.value_not_learned':
      return trouble('unexpected_answer')
    default:
      return undefined
  }
}

const SYSTEM: Readonly<Record<string, Trouble>> = {
  ETIMEDOUT: 'timed_out',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_failed',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_failed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_failed',
  CERT_HAS_EXPIRED: 'tls_failed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_failed',
}

function trouble(code: Trouble): Plain {
  return { is: 'trouble', trouble: code }
}

/** Of what a mail server refuses, only a protocol that is switched off leaves a login that works. */
export function ofMail(check: MailCheck): Plain {
  if (check.is === 'ok') return { is: 'accepted' }
  if (check.is === 'rejected') return { is: 'rejected' }
  if (check.is === 'limited') return trouble('rate_limited')
  if (check.is === 'unavailable') return trouble('service_down')
  if (check.is === 'restricted') return { is: check.reason === 'protocol_disabled' ? 'restricted' : 'rejected' }
  return trouble(MAIL[String(check.reason)] ?? 'no_answer')
}

const MAIL: Readonly<Record<string, Trouble>> = {
  dns: 'name_not_found',
  connection_refused: 'connection_refused',
  no_route: 'connection_refused',
  timed_out: 'timed_out',
  connection_lost: 'connection_reset',
  tls_not_offered: 'tls_failed',
  tls_invalid: 'tls_failed',
  tls_failed: 'tls_failed',
  tls_injected: 'tls_failed',
  greeting_bad: 'unexpected_answer',
}
