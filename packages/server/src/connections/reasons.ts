/** Why a connection is as it is: for each code what happened, in a sentence, and what to do about it. */
interface Words {
  /** Whether the service could not be asked, or could and the answer says nothing about the credential. */
  kind: 'state' | 'unreachable' | 'neutral'
  sentence: string
  todo: string
}

export const reasons = {
  not_finished: {
    kind: 'state',
    sentence: 'Connecting was begun and not finished.',
    todo: 'Finish it, or connect again.',
  },
  paused: { kind: 'state', sentence: 'Somebody paused this connection.', todo: 'Resume it when it should work again.' },
  paused_idle: {
    kind: 'state',
    sentence: 'A policy of the workspace paused this connection, because nobody had used it for long.',
    todo: 'Resume it when it is needed again.',
  },
  deleted: { kind: 'state', sentence: 'This connection was deleted.', todo: 'Connect again if it is still needed.' },
  not_tested: {
    kind: 'state',
    sentence: 'The credential was stored and has not been tried yet.',
    todo: 'Test it, or use it.',
  },
  accepted_unverified: {
    kind: 'state',
    sentence: 'The service answered, but it answers yes to anybody: whether the credential is right is not known.',
    todo: 'Use it once and see that it works.',
  },
  restricted: {
    kind: 'state',
    sentence: 'The credential is genuine, but it may not make the call by which it is tested.',
    todo: 'Nothing, if it may do what you need; otherwise give it more rights at the service.',
  },
  expires_soon: {
    kind: 'state',
    sentence: 'The credential expires soon.',
    todo: 'Replace the credential before it does.',
  },
  expired: {
    kind: 'state',
    sentence: 'The credential has expired.',
    todo: 'Replace the credential, or authorize it again.',
  },
  credential_rejected: {
    kind: 'state',
    sentence: 'The service does not accept the credential: it was revoked, replaced or mistyped.',
    todo: 'Replace the credential.',
  },
  grant_ended: {
    kind: 'state',
    sentence: 'The service has ended the access that was granted.',
    todo: 'Connect the account again.',
  },
  app_replaced: {
    kind: 'state',
    sentence: 'The OAuth app that this was granted to has been replaced by another.',
    todo: 'Connect the account again.',
  },
  app_removed: {
    kind: 'state',
    sentence: 'An administrator has removed the OAuth app that this was granted to.',
    todo: 'Connect the account again, through an app that is there.',
  },
  life_ended: {
    kind: 'state',
    sentence: 'A policy of the workspace wants this connection authorized anew from time to time, and its time is up.',
    todo: 'Enter the credential again, or connect the account again.',
  },
  service_down: {
    kind: 'unreachable',
    sentence: 'The service answered with a failure of its own. The credential is not the cause.',
    todo: 'Wait: it is tried again by itself.',
  },
  maintenance: {
    kind: 'unreachable',
    sentence: 'The service shows a page that it is out of order or being maintained.',
    todo: 'Wait: it is tried again by itself.',
  },
  asleep: {
    kind: 'unreachable',
    sentence: 'The service answered with a web page instead of its API: it may be asleep.',
    todo: 'Open the address in a browser and wake it, then test the connection.',
  },
  blocked: {
    kind: 'unreachable',
    sentence: 'Something in front of the service, such as a firewall, answered in its place.',
    todo: 'Let the address of this server through there, then test the connection.',
  },
  timed_out: {
    kind: 'unreachable',
    sentence: 'The service did not answer in time.',
    todo: 'Wait: it is tried again by itself.',
  },
  connection_reset: {
    kind: 'unreachable',
    sentence: 'The service broke the connection off before it answered.',
    todo: 'Wait: it is tried again by itself.',
  },
  connection_refused: {
    kind: 'unreachable',
    sentence: 'Nothing listens at the address of the service.',
    todo: 'Check the address in the settings; if it is right, wait until the service is back.',
  },
  name_not_found: {
    kind: 'unreachable',
    sentence: 'The name of the service could not be found (DNS).',
    todo: 'Check the address in the settings, and the name servers of this server.',
  },
  tls_failed: {
    kind: 'unreachable',
    sentence: 'The certificate of the service could not be verified.',
    todo: 'Have the certificate renewed, or let the operator add its authority to this server.',
  },
  no_answer: {
    kind: 'unreachable',
    sentence: 'The service could not be reached.',
    todo: 'Wait: it is tried again by itself.',
  },
  address_not_allowed: {
    kind: 'unreachable',
    sentence:
      'The address leads to a place that this server does not call: a private network, or a host of another service.',
    todo: 'Correct the address in the settings; for a service of your own, ask the operator to allow its host.',
  },
  rate_limited: {
    kind: 'neutral',
    sentence: 'The service takes no more calls from this account at the moment.',
    todo: 'Wait: it is tried again when the service says so.',
  },
  api_retired: {
    kind: 'neutral',
    sentence: 'The service no longer has the call by which the credential is tested.',
    todo: 'Update Cardea; the definition of this service is older than the service.',
  },
  unexpected_answer: {
    kind: 'neutral',
    sentence: 'The service answered in a way that says nothing about the credential.',
    todo: 'Check the settings, then test the connection; if it stays, the definition of the service may be out of date.',
  },
  app_misconfigured: {
    kind: 'neutral',
    sentence: 'The service refuses the OAuth app, not this connection.',
    todo: 'An administrator must correct the OAuth app.',
  },
  cannot_be_tested: {
    kind: 'neutral',
    sentence: 'This service has no call by which a credential could be tested without doing something.',
    todo: 'Use it once and see that it works.',
  },
  cannot_be_sent: {
    kind: 'neutral',
    sentence: 'The credential cannot be put into a request as this service wants it.',
    todo: 'Enter settings and credential again.',
  },
} as const satisfies Record<string, Words>

export type Reason = keyof typeof reasons
export type Trouble = { [R in Reason]: (typeof reasons)[R]['kind'] extends 'state' ? never : R }[Reason]

export function isReason(text: string | null): text is Reason {
  return text !== null && Object.hasOwn(reasons, text)
}

export function isTrouble(text: string | null): text is Trouble {
  return isReason(text) && reasons[text].kind !== 'state'
}
