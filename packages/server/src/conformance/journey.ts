/** The life of a connection: made, used, renewed and ended, and refused whenever it should be. */
import { missing } from '@cardea/catalog'
import { renewalOf } from '../oauth/oauth.ts'
import { type Caller, type Checked, secretsOf } from './caller.ts'
import { connect, take } from './connect.ts'
import { isCall, type Steps, Unmet } from './steps.ts'

export async function journey(steps: Steps, caller: Caller): Promise<void> {
  const { simulator, method } = caller
  const at = `auth.${steps.method}`
  const attempt = <T>(name: string, where: string, work: () => Promise<T>) =>
    steps.attempt(name, where, work, simulator)
  const connected = await attempt('connect', `${at}.obtain`, async () => {
    await connect(caller)
    return true
  })
  if (!connected) return
  const words = method.check ?? caller.service.check
  if (!isCall(words)) steps.skip('check', 'none' in words ? words.none : 'it speaks another protocol')
  const checked = isCall(words)
    ? await attempt('check', method.check ? `${at}.check` : 'check', () => good(caller))
    : { none: 'there is no call to check with' }
  if (!checked) return
  await attempt('identity', method.identity ? `${at}.identity` : 'identity', () => whose(caller, checked))
  if (method.send.url === undefined) await attempt('use', `${at}.send`, () => use(caller))
  else steps.skip('use', 'the address itself is the credential')
  if (method.obtain.by === 'nothing') await wrongFields(steps, caller, at)
  else await renewed(steps, caller, at, attempt)
  await ended(steps, caller, at, attempt)
}

/** Several base addresses: the check decides. */
async function good(caller: Caller): Promise<Checked> {
  const bases = caller.target.bases(caller.service, caller.method, caller.party().open).length
  let checked: Checked
  do {
    checked = await caller.check()
    if ('none' in checked || checked.result.accepted) break
  } while (++caller.state.base < bases)
  if ('none' in checked) return checked
  const { accepted, weak, meaning } = checked.result
  if (!accepted) throw new Unmet(`a good credential is taken for ${meaning.is}${said(caller)}`)
  return weak ? { none: 'the service answers yes to anybody' } : checked
}

function said({ simulator }: Caller): string {
  const faults = simulator.calls.at(-1)?.faults ?? []
  return faults.length > 0 ? ` (${faults.join('; ')})` : ''
}

async function whose(caller: Caller, checked: Checked): Promise<void> {
  const identity = caller.method.identity ?? caller.service.identity
  const account = await caller.identify('answer' in checked ? checked.answer : undefined)
  if ('none' in identity) {
    if (account) throw new Unmet('an account is found although the service does not say')
  } else if (!account) throw new Unmet('no account is found in the answer')
}

async function use(caller: Caller): Promise<void> {
  const answer = await call(caller)
  if (answer.status !== 200)
    throw new Unmet(`a call with a good credential is answered with ${answer.status}${said(caller)}`)
}

function call(caller: Caller) {
  const inBody = caller.method.send.body !== undefined
  return inBody ? caller.use('POST', '/some/path', '{"of":"the caller"}') : caller.use('GET', '/some/path')
}

async function wrongFields(steps: Steps, caller: Caller, at: string): Promise<void> {
  const { simulator, state, method } = caller
  if (Object.keys(method.fields ?? {}).length === 0) return steps.skip('wrong key', 'nothing is secret')
  const right = state.fields
  state.fields = secretsOf(simulator.account.wrongFields)
  await steps.attempt('wrong key', `${at}.check`, () => refused(caller, 'a wrong credential'), simulator)
  state.fields = right
}

async function refused(caller: Caller, what: string): Promise<void> {
  const checked = await caller.check()
  if ('none' in checked || checked.result.weak) {
    if (caller.method.send.url !== undefined) return
    const answer = await call(caller)
    if (answer.status === 200 && (caller.simulator.calls.at(-1)?.faults ?? []).length === 0)
      throw new Unmet(`${what} is taken for a good one`)
    return
  }
  const { accepted, meaning } = checked.result
  if (accepted !== false) throw new Unmet(`${what} is taken for ${accepted ? 'a good one' : meaning.is}`)
}

type Attempt = <T>(name: string, where: string, work: () => Promise<T>) => Promise<T | undefined>

async function renewed(steps: Steps, caller: Caller, at: string, attempt: Attempt): Promise<void> {
  const { oauth, state, simulator, clock } = caller
  const { method } = caller.party()
  const how = state.found?.resource ? { resource: state.found.resource } : {}
  const renewal = renewalOf(caller.party())
  if (renewal === 'none') return steps.skip('refresh', 'nothing renews this credential')
  const words = 'refresh' in method.obtain && method.obtain.refresh ? method.obtain.refresh : undefined
  if (words?.presents) clock.pass((words.notBeforeSeconds ?? 0) + 1)
  else {
    simulator.expireAccessTokens()
    if (method.obtain.by !== 'jwt')
      await attempt('expired', 'answers.rejected', () => refused(caller, 'an expired credential'))
  }
  const before = state.obtained
  const done = await attempt(renewal === 'obtain' ? 'obtain again' : 'refresh', `${at}.obtain.refresh`, async () => {
    take(caller, renewal === 'obtain' ? await oauth.obtain(caller.party()) : await oauth.refresh(caller.party(), how))
    await good(caller)
    return true
  })
  if (!done || renewal === 'obtain' || words?.presents) return
  await attempt('refresh again', `${at}.obtain.refresh`, async () =>
    take(caller, await oauth.refresh(caller.party(), how)),
  )
  if (words?.rotates !== 'always') return
  await attempt('old refresh token', `${at}.obtain.refresh`, async () => {
    clock.pass((words.graceSeconds ?? 0) + 1)
    const old = { ...caller.party(), secrets: { ...state.fields, ...before } }
    const answered = await oauth.refresh(old, how).then(
      () => true,
      () => false,
    )
    if (answered) throw new Unmet('a refresh token that was used before is taken again')
    // Where that ends the whole grant, there is nothing left to try.
    if (words.reuse === 'revokes_all') await connect(caller)
  })
}

async function ended(steps: Steps, caller: Caller, at: string, attempt: Attempt): Promise<void> {
  const { oauth, service, simulator } = caller
  const { method } = caller.party()
  const words =
    'revoke' in method.obtain && method.obtain.revoke && 'url' in method.obtain.revoke
      ? method.obtain.revoke
      : undefined
  // An address that a person may leave empty is no address.
  const empty =
    words && missing(words.url, caller.party().open).some((name) => name in { ...service.settings, ...method.settings })
  if (words && !empty) {
    await attempt('revoke', `${at}.obtain.revoke`, async () => {
      const { outcome } = await oauth.revoke(caller.party())
      if (outcome !== 'ended') throw new Unmet(`revoking is answered with ${outcome}${said(caller)}`)
      await refused(caller, 'a revoked credential')
    })
    return
  }
  if (Object.keys(method.send).length === 0) return steps.skip('ended', 'nothing is sent')
  simulator.revokeGrant()
  await attempt('ended', 'answers.rejected', () => refused(caller, 'a credential that was taken away'))
}
