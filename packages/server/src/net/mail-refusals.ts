import type { Verdict } from './mail-words.ts'

/** How servers say no. Codes first where a standard gives them a meaning; the big providers say the rest in prose. */
export interface SmtpReply {
  code: number
  /** RFC 3463: `5.7.8`. */
  enhanced?: string
  text: string
}

const RESTRICTED = (reason: Verdict['reason']): Verdict => ({ is: 'restricted', reason })
const LIMITED = (reason: Verdict['reason']): Verdict => ({ is: 'limited', reason })
const UNAVAILABLE = (reason: Verdict['reason']): Verdict => ({ is: 'unavailable', reason })
const REFUSED = (reason: Verdict['reason']): Verdict => ({ is: 'refused', reason })
const REJECTED: Verdict = { is: 'rejected', reason: 'auth_rejected' }

/** The first that fits. Most of them come with the code of a wrong password. */
const IN_PROSE: readonly [RegExp, Verdict][] = [
  [
    /too many[\w ]* (connections|sessions|clients)|concurrent (connections|sessions)|thread limit|connection (count )?limit/i,
    LIMITED('too_many_connections'),
  ],
  [/too many|rate[- ]?limit|throttl|exceeded the (rate|login)/i, LIMITED('too_many_attempts')],
  // Google: 534-5.7.9 and NO [ALERT]. Yahoo, iCloud and Fastmail name it too.
  [/app(lication)?[- ]?(specific )?password/i, RESTRICTED('app_password_needed')],
  // Google: 534-5.7.14 with a link, and NO [WEBALERT …].
  [/web ?browser|web ?login|webalert/i, RESTRICTED('web_login_needed')],
  // Microsoft says all of these with 535 5.7.139.
  [
    /smtpclientauth\w* is disabled|not enabled for imap|(imap|smtp)( access)?( is)? (disabled|not enabled)/i,
    RESTRICTED('protocol_disabled'),
  ],
  [/basic auth\w* is (disabled|blocked)/i, RESTRICTED('basic_auth_disabled')],
  [/security defaults|did not meet the criteria|conditional access/i, RESTRICTED('policy_refused')],
  [/account.{0,40}(disabled|suspended|locked|blocked|expired)/i, RESTRICTED('account_disabled')],
  // Exchange: signed in, and no mailbox behind it.
  [/authenticated but not connected/i, RESTRICTED('protocol_disabled')],
]

function inProse(text: string): Verdict | undefined {
  return IN_PROSE.find(([pattern]) => pattern.test(text))?.[1]
}

/** The answer to AUTH. */
export function smtpLoginRefusal({ code, enhanced, text }: SmtpReply): Verdict {
  const said = inProse(text)
  if (said) return said
  if (code < 500) return UNAVAILABLE(code >= 400 ? 'temporarily_unavailable' : 'answer_bad')
  if (code === 535 || enhanced === '5.7.8' || enhanced === '5.7.3') return REJECTED
  if (code === 525 || enhanced === '5.7.13') return RESTRICTED('account_disabled')
  if (code === 530 || code === 538) return RESTRICTED('encryption_required')
  if ([500, 502, 504, 534].includes(code) || enhanced === '5.5.4') return RESTRICTED('auth_method_unavailable')
  if (code === 503) return UNAVAILABLE('answer_bad')
  return /password|credential|authentic/i.test(text) ? REJECTED : RESTRICTED('login_refused')
}

/** The answer to greeting, EHLO or QUIT: nothing has been said about the login. */
export function smtpGreetingRefusal({ code, text }: SmtpReply): Verdict {
  const said = inProse(text)
  if (said?.is === 'limited') return said
  return UNAVAILABLE(code >= 500 ? 'client_refused' : 'temporarily_unavailable')
}

/** The answer to MAIL, RCPT, DATA or the message. */
export function smtpMessageRefusal({ code, enhanced, text }: SmtpReply, about: 'sender' | 'message'): Verdict {
  const said = inProse(text)
  if (said?.is === 'limited' || said?.reason === 'protocol_disabled') return said
  if (enhanced === '5.4.5' || /(sending|daily|hourly|user|message)[\w ]* (limit|quota)/i.test(text))
    return LIMITED('sending_limit')
  if (code < 500) return UNAVAILABLE(code >= 400 ? 'temporarily_unavailable' : 'answer_bad')
  if (code === 552 || enhanced === '5.3.4') return REFUSED('message_too_large')
  // Microsoft, after a sign-in that its policies then ignore.
  if (enhanced === '5.7.57') return RESTRICTED('policy_refused')
  if (code === 530) return RESTRICTED('login_refused')
  return REFUSED(about === 'sender' ? 'sender_refused' : 'message_refused')
}

export interface ImapStatus {
  status: 'NO' | 'BAD' | 'BYE'
  /** RFC 5530: `AUTHENTICATIONFAILED`. */
  code?: string
  text: string
}

const CODES: Readonly<Record<string, Verdict>> = {
  UNAVAILABLE: UNAVAILABLE('temporarily_unavailable'),
  INUSE: UNAVAILABLE('temporarily_unavailable'),
  SERVERBUG: UNAVAILABLE('temporarily_unavailable'),
  LIMIT: LIMITED('too_many_connections'),
  THROTTLED: LIMITED('too_many_attempts'),
  CONTACTADMIN: RESTRICTED('contact_admin'),
  AUTHORIZATIONFAILED: RESTRICTED('login_refused'),
  NOPERM: RESTRICTED('login_refused'),
  PRIVACYREQUIRED: RESTRICTED('encryption_required'),
  EXPIRED: { is: 'rejected', reason: 'credential_expired' },
}

/** The answer to LOGIN or AUTHENTICATE. */
export function imapLoginRefusal({ status, code, text }: ImapStatus): Verdict {
  const standard = code ? CODES[code] : undefined
  if (standard) return standard
  // Providers put an explanation in prose behind AUTHENTICATIONFAILED as well.
  const said = inProse(`${code ?? ''} ${text}`)
  if (said) return said
  if (code === 'AUTHENTICATIONFAILED') return REJECTED
  if (status === 'BYE' || /temporar|try again|internal (server )?error/i.test(text))
    return UNAVAILABLE('temporarily_unavailable')
  if (status === 'BAD') return RESTRICTED('auth_method_unavailable')
  return REJECTED
}

/** The answer to anything before or after the login. */
export function imapRefusal({ code, text }: ImapStatus): Verdict {
  const standard = code ? CODES[code] : undefined
  if (standard && standard.is !== 'rejected') return standard
  const said = inProse(text)
  return said?.is === 'limited' || said?.reason === 'protocol_disabled' ? said : UNAVAILABLE('temporarily_unavailable')
}

/** What may be told of a reply: its codes. */
export function codesOf({ code, enhanced }: SmtpReply): string {
  return enhanced ? `${code} ${enhanced}` : String(code)
}
