import { randomBytes } from 'node:crypto'
import { fill, missing, optionalNames, placeholders, type ReadAnswer } from '@cardea/catalog'
import {
  type Account,
  type CheckResult,
  checkCall,
  classify,
  identify,
  identityCall,
  judgeCheck,
  readAnswer,
} from '../answers/answers.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { place } from '../inject/place.ts'
import { openedWhenNamed, type Secrets } from '../inject/values.ts'
import type { MailCheck, MailLogin, MailServer } from '../net/mail-words.ts'
import type { Outgoing, Send } from '../net/message.ts'
import type { Target } from '../target/target.ts'
import { ofCheck, ofFailure, ofMail, ofMeaning } from './outcome.ts'
import { kindOf, type Prepared } from './prepared.ts'
import type { Outcome } from './state.ts'

/** One cheap, harmless, real call, and what came of it: is it reachable, is the credential accepted, whose is it. */
export interface Checks {
  check(prepared: Prepared, obtained: Secrets, told?: unknown, claims?: unknown): Promise<Checked>
  /** One call of ours, with or without the credential. */
  ask(prepared: Prepared, secrets: Secrets, call: OwnWords, base?: number): Promise<ReadAnswer>
}

export interface Checked {
  outcome: Outcome
  /** Which of several base addresses answered. */
  base?: number
  account?: Account
  /** What was in the way, in its own words. */
  problem?: Problem
}

export interface OwnWords {
  method: string
  to: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** Without the credential. */
  anonymous?: boolean
  /** With the method's own headers in place of `send`. */
  plain?: boolean
}

export interface MailPort {
  smtp(server: MailServer, login: MailLogin): Promise<MailCheck>
  imap(server: MailServer, login: MailLogin): Promise<MailCheck>
}

export interface CheckDeps {
  clock: Clock
  target: Target
  send: Send
  mail: MailPort
}

type Result = { outcome: Outcome; answer?: ReadAnswer; problem?: Problem }

export function hasCheck({ service, method, open }: Pick<Prepared, 'service' | 'method' | 'open'>): boolean {
  const check = method.check ?? service.check
  if ('none' in check) return false
  // A path that is left to people, and that nobody gave.
  const to = 'get' in check ? check.get : undefined
  return !(to && /^\{[^}]*\}$/.test(to) && missing(to, open).length > 0)
}

/** What a database cannot keep, or a person not see, is no name of an account. */
function nameable(account: Account | undefined): Account | undefined {
  return account && /^[^\p{Cc}\p{Cs}]+$/u.test(account.id) ? account : undefined
}

export function createChecks({ clock, target, send, mail }: CheckDeps): Checks {
  const outcomeOf = (plain: Omit<Outcome, 'from'>): Outcome => ({ from: 'check', ...plain })

  function placed(prepared: Prepared, secrets: Secrets, call: OwnWords, base: number | undefined): Outgoing {
    const { service, method, open } = prepared
    const of = { service, method, values: open, ...(base === undefined ? {} : { base }) }
    const address = target.ownAddress(of, call.to, call.anonymous)
    const withoutCredential = call.anonymous || call.plain
    const request = place(
      {
        ...address,
        method: call.method,
        headers: call.headers,
        ...(call.body === undefined ? {} : { body: call.body }),
      },
      {
        send: withoutCredential ? {} : method.send,
        values: withoutCredential ? open : openedWhenNamed(open, secrets),
        optional: optionalNames(service, method),
        defaults: withoutCredential ? {} : { ...service.headers, ...method.headers },
        now: clock.now(),
        nonce: () => randomBytes(16).toString('hex'),
      },
    )
    if (!call.anonymous && !target.permits(of, request.url, 'own')) {
      throw new Problem('service.host_not_allowed', { host: new URL(request.url).host, why: 'it is not listed' })
    }
    return request as Outgoing
  }

  async function ask(prepared: Prepared, secrets: Secrets, call: OwnWords, base = prepared.base): Promise<ReadAnswer> {
    return readAnswer(await send(placed(prepared, secrets, call, base)))
  }

  async function tried(prepared: Prepared, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const plain = ofFailure(error, kindOf(prepared.method) !== 'granted')
      if (!plain) throw error
      return { outcome: outcomeOf(plain), ...(error instanceof Problem ? { problem: error } : {}) }
    }
  }

  async function byCall(prepared: Prepared, secrets: Secrets, call: OwnWords): Promise<Result & { base?: number }> {
    const { service, method, open } = prepared
    const candidates = prepared.base === undefined ? target.bases(service, method, open).length : 1
    let first: (Result & { base?: number }) | undefined
    let troubled: Result | undefined
    for (let at = 0; at < Math.max(1, candidates); at++) {
      const base = prepared.base ?? at
      const result = await tried(prepared, async () => {
        const answer = await ask(prepared, secrets, call, base)
        const judged: CheckResult = judgeCheck(service, method, answer, clock.now())
        return { outcome: outcomeOf(ofCheck(judged, answer)), answer }
      })
      if (result.outcome.is !== 'rejected' && result.outcome.is !== 'trouble') return { ...result, base }
      if (result.outcome.is === 'trouble') troubled ??= result
      first ??= { ...result, base }
    }
    // Refused at one address and silent at the other, it may still be right at the other.
    return troubled ?? first!
  }

  async function byMcp(prepared: Prepared, secrets: Secrets, address: string): Promise<Result> {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'cardea', version: '1' } },
    })
    const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
    const answer = await ask(prepared, secrets, { method: 'POST', to: address, headers, body })
    const meaning = classify(prepared.service, answer, clock.now(), 'any')
    const speaks = answer.body.includes('"jsonrpc"')
    if (meaning.is === 'ok' && !speaks)
      return { outcome: outcomeOf({ is: 'trouble', trouble: 'unexpected_answer' }), answer }
    return { outcome: outcomeOf(ofMeaning(meaning, answer)), answer }
  }

  async function byMail({ method, open }: Prepared, secrets: Secrets): Promise<Result> {
    const words = method.send.mail
    if (!words) throw new Error('this method has no mail servers')
    const server = ({ host, port, security }: NonNullable<typeof words.imap>): MailServer => ({
      host: fill(host, open),
      port: Number(fill(port, open)),
      security: fill(security, open) as MailServer['security'],
    })
    const named = (template: string | undefined) => template && secrets[placeholders(template)[0] ?? '']
    const [password, token] = [named(words.password), named(words.token)]
    const login: MailLogin = {
      user: fill(words.user, open),
      ...(password ? { password } : {}),
      ...(token ? { token } : {}),
    }
    const sending = ofMail(await mail.smtp(server(words.smtp), login))
    if (sending.is !== 'accepted' || !words.imap || missing(words.imap.host, open).length > 0) {
      return { outcome: outcomeOf(sending) }
    }
    return { outcome: outcomeOf(ofMail(await mail.imap(server(words.imap), login))) }
  }

  async function accountOf(
    prepared: Prepared,
    secrets: Secrets,
    base: number | undefined,
    known: { answer?: ReadAnswer; told?: unknown; claims?: unknown },
  ) {
    const { service, method, open } = prepared
    const call = identityCall(service, method)
    const asked =
      call &&
      (
        await tried(prepared, async () => {
          const answer = await ask(prepared, secrets, call, base)
          return { outcome: outcomeOf({ is: 'accepted' }), answer }
        })
      ).answer
    const account = identify(service, method, {
      values: open,
      ...(known.answer ? { check: known.answer } : {}),
      ...(known.told === undefined ? {} : { token: known.told }),
      ...(known.claims === undefined ? {} : { claims: known.claims }),
      ...(asked ? { asked } : {}),
    })
    return nameable(account)
  }

  return {
    ask,
    check: async (prepared, obtained, told, claims) => {
      const { service, method, open } = prepared
      const secrets = { ...prepared.secrets, ...obtained }
      if (!hasCheck(prepared)) {
        const sources = { values: open, ...(told === undefined ? {} : { token: told }), claims }
        const account = nameable(identify(service, method, sources))
        return { outcome: outcomeOf({ is: 'trouble', trouble: 'cannot_be_tested' }), ...(account ? { account } : {}) }
      }
      const result: Result & { base?: number } = await tried(prepared, async () => {
        const check = checkCall(service, method, open, optionalNames(service, method))
        if ('mail' in check) return byMail(prepared, secrets)
        if ('mcp' in check) return byMcp(prepared, secrets, check.mcp)
        if ('none' in check) throw new Error('this service has no check')
        return byCall(prepared, secrets, check.call)
      })
      const { outcome, answer, base, problem } = result
      const genuine = outcome.is === 'accepted' || outcome.is === 'restricted' || outcome.is === 'weak'
      const account = genuine
        ? await accountOf(prepared, secrets, base, { ...(answer ? { answer } : {}), told, claims })
        : undefined
      const several = target.bases(service, method, open).length > 1
      return {
        outcome,
        ...(several && base !== undefined ? { base } : {}),
        ...(account ? { account } : {}),
        ...(problem ? { problem } : {}),
      }
    },
  }
}
