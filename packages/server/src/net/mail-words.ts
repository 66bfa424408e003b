import type { Clock } from '../clock.ts'
import type { Secret } from '../secret.ts'
import type { Guard } from './guard.ts'

export interface MailServer {
  host: string
  port: number
  /** From the first byte, or before anything secret is said. There is no third way. */
  security: 'tls' | 'starttls'
}

/** One of the two: a password, or an access token for SASL OAUTHBEARER and XOAUTH2. */
export interface MailLogin {
  user: string
  password?: Secret
  token?: Secret
}

export interface MailOptions {
  clock: Clock
  /** Decides where a host is reached; nothing resolves the name a second time, so that it cannot change its mind. */
  guard: Pick<Guard, 'resolvePinned'>
  /** Authorities in PEM that are trusted beside the usual ones, for servers inside a company. */
  extraCa?: readonly string[]
  signal?: AbortSignal
  /** The longest wait for one answer. */
  stepMilliseconds?: number
  /** The longest time for everything together, however lively the server is. */
  totalMilliseconds?: number
}

export type MailStep =
  | 'resolve'
  | 'connect'
  | 'tls'
  | 'greeting'
  | 'hello'
  | 'starttls'
  | 'login'
  | 'mailbox'
  | 'message'
  | 'sender'
  | 'recipients'
  | 'body'

/**
 * What a failure says about the connection, in the words of the answers room. `refused`: the login is good and this one
 * message, recipient or mailbox is not.
 */
export type MailMeaning = 'rejected' | 'restricted' | 'limited' | 'unavailable' | 'unreachable' | 'refused'

export type MailReason =
  // unreachable
  | 'dns'
  | 'connection_refused'
  | 'no_route'
  | 'timed_out'
  | 'connection_lost'
  | 'tls_not_offered'
  | 'tls_invalid'
  | 'tls_failed'
  | 'tls_injected'
  | 'greeting_bad'
  | 'delivery_unknown'
  // unavailable
  | 'temporarily_unavailable'
  | 'client_refused'
  | 'answer_bad'
  | 'answer_too_large'
  // limited
  | 'too_many_connections'
  | 'too_many_attempts'
  | 'sending_limit'
  // rejected
  | 'auth_rejected'
  | 'credential_expired'
  // restricted
  | 'app_password_needed'
  | 'web_login_needed'
  | 'basic_auth_disabled'
  | 'protocol_disabled'
  | 'policy_refused'
  | 'account_disabled'
  | 'contact_admin'
  | 'scope_missing'
  | 'auth_method_unavailable'
  | 'encryption_required'
  | 'login_refused'
  // refused
  | 'sender_refused'
  | 'recipients_refused'
  | 'message_refused'
  | 'message_too_large'
  | 'address_not_supported'
  | 'mailbox_missing'
  | 'message_missing'

export interface Verdict {
  is: MailMeaning
  reason: MailReason
}

/**
 * Why talking to a mail server came to nothing. Never holds what the server wrote, which may repeat a password, but only
 * its codes.
 */
export class MailTrouble extends Error {
  readonly is: MailMeaning
  readonly reason: MailReason
  readonly step: MailStep
  /** `535 5.7.8` or `AUTHENTICATIONFAILED`. */
  readonly code: string | undefined
  /** Capabilities seen until then. */
  capabilities: string[] = []

  constructor({ is, reason }: Verdict, step: MailStep, code?: string) {
    super(`${reason} at ${step}${code ? ` (${code})` : ''}`)
    this.name = 'MailTrouble'
    this.is = is
    this.reason = reason
    this.step = step
    this.code = code
  }
}

export interface MailCheck {
  is: 'ok' | Exclude<MailMeaning, 'refused'>
  reason?: MailReason
  step?: MailStep
  code?: string
  capabilities: string[]
}

/** A check's answer from what it ran into. Whatever is not about mail (an abort, a refused address) is thrown on. */
export function checkFailed(error: unknown): MailCheck {
  if (!(error instanceof MailTrouble)) throw error
  return {
    is: error.is === 'refused' ? 'restricted' : error.is,
    reason: error.reason,
    step: error.step,
    ...(error.code ? { code: error.code } : {}),
    capabilities: error.capabilities,
  }
}

export function unreachable(reason: MailReason, step: MailStep): MailTrouble {
  return new MailTrouble({ is: 'unreachable', reason }, step)
}

export function unavailable(reason: MailReason, step: MailStep): MailTrouble {
  return new MailTrouble({ is: 'unavailable', reason }, step)
}
