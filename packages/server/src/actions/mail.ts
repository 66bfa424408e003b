import type { Broker, Going, Held, Passage } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { type Connections, ofMail } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import { MailTrouble } from '../net/mail-words.ts'
import type { Call } from '../policy/policy.ts'
import type { Described } from '../target/target.ts'
import type { Outcome, Output } from './answer.ts'
import { callOf } from './compose.ts'
import type { Found } from './found.ts'
import type { Given } from './input.ts'
import { loginOf, type MailAct, type Mailbox, mailAct } from './mailbox.ts'

/**
 * Mail, the same way that calls of HTTP go: policies, the record, the protocol, one renewal, and the credential taken out of what is given
 * back. The record holds no word of a message, and nobody's address.
 */
export type MailCall = (
  passage: Passage,
  found: Found,
  input: Given,
  signal: AbortSignal | undefined,
) => Promise<Output>

export interface MailDeps {
  broker: Pick<Broker, 'credential' | 'stands' | 'confirm' | 'use' | 'ended'>
  connections: Pick<Connections, 'used' | 'hasCheck'>
  mayReach: (passage: Passage, call: Call) => void | Promise<void>
  mailbox: Mailbox
  clock: Clock
  log: Logger
}

export function createMailCall({ broker, connections, mayReach, mailbox, clock, log }: MailDeps): MailCall {
  async function attempt(
    passage: Passage,
    under: Under,
    act: MailAct,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { held } = under
    const [method, path] = callOf({ mail: act.does } as Found['action'])
    const { host } = act.server
    if (!under.going) await mayReach(passage, { method, path, host, namesHost: false, isGuarded: false })
    refuseGone(signal)
    const going = { version: held.usable.version, host, method, path }
    await broker.use(passage, going)
    under.going = going
    refuseGone(signal)
    if (!broker.stands(passage)) await broker.confirm(passage)
    const login = loginOf(held.usable)
    if (act.does === 'send') return mailbox.send(act.server, login, act.mail)
    if (act.does === 'list') return mailbox.list(act.server, login, act.what)
    return mailbox.read(act.server, login, act.what)
  }

  async function renewed(passage: Passage, under: Under): Promise<boolean> {
    const fresh = await broker.credential(passage, { rejected: under.held.usable })
    const { version, purchase } = fresh.usable
    if (version === under.held.usable.version && purchase === under.held.usable.purchase) {
      fresh.release()
      return false
    }
    under.held.release()
    under.held = fresh
    return true
  }

  /** What it shows of the connection. A message that is refused says that the login is good. */
  function tell({ usable }: Held, failure: unknown): void {
    const trouble = failure instanceof MailTrouble ? failure : undefined
    if (failure !== undefined && !trouble) return
    const plain =
      trouble && trouble.is !== 'refused'
        ? ofMail({ is: trouble.is, reason: trouble.reason, capabilities: [] })
        : undefined
    const { workspaceId, connectionId, version } = usable
    const outcome = { ...(plain ?? { is: 'accepted' as const }), from: 'call' as const }
    connections
      .used({ workspaceId, connectionId, version, outcome, hasCheck: connections.hasCheck(usable) })
      .catch((error: unknown) => log.error('what mail has shown of its connection was not noted', { error }))
  }

  return async (passage, { identifier, action }, input, signal) => {
    const startedAt = clock.monotonic()
    const under: Under = { held: await broker.credential(passage, signal ? { signal } : {}), going: undefined }
    let failure: unknown
    try {
      const act = () => mailAct(action.mail!, describedBy(under.held), input)
      let given: unknown
      try {
        given = await attempt(passage, under, act(), signal)
      } catch (error) {
        const isRejected = error instanceof MailTrouble && error.is === 'rejected'
        if (!isRejected || !(await renewed(passage, under))) throw error
        given = await attempt(passage, under, act(), signal)
      }
      const output = searched(given, (text) => under.held.scrubber.text(text))
      return { status: 200, headers: {}, output, encoding: 'json', part: null }
    } catch (error) {
      failure = error
      throw error instanceof MailTrouble ? told(identifier, action.does, under.going?.host ?? '', error) : error
    } finally {
      const { held, going } = under
      if (going) {
        const durationMs = clock.monotonic() - startedAt
        broker.ended(passage, going, { durationMs, ...(failure === undefined ? { status: 200 } : {}) })
        tell(held, failure)
      }
      held.release()
    }
  }
}

interface Under {
  held: Held
  going: Going | undefined
}

function describedBy({ usable: { service, method, open } }: Held): Described {
  return { service, method, values: open }
}

/** Codes, never what the server wrote: it may repeat a password. */
function told(action: string, does: Found['action']['does'], host: string, trouble: MailTrouble): Problem {
  const { is, reason, step, code } = trouble
  const isUnknown = reason === 'delivery_unknown' && does !== 'read'
  const outcome: Outcome = isUnknown ? 'unknown' : 'not_done'
  const said = { action, meaning: is, reason, step, outcome }
  if (is === 'unreachable') return new Problem('action.unreachable', { ...said, host, why: inWords(reason) })
  const answered = { ...said, serviceStatus: code ?? inWords(reason), serviceAnswer: null }
  if (is === 'unavailable' || is === 'limited') return new Problem('action.failed_at_service', answered)
  return new Problem('action.refused_by_service', answered)
}

function inWords(reason: string): string {
  return reason.replaceAll('_', ' ')
}

/** Mail may hold anything, the password too that somebody sent to themselves. */
function searched(value: unknown, text: (given: string) => string): unknown {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return value.map((each) => searched(each, text))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, searched(each, text)]))
}

function refuseGone(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Problem('request.cut_short')
}
