/** From nothing to a connection, whatever the method: consent, codes on other devices, assertions, logins, look-ups. */

import { fillAddress } from '@cardea/catalog'
import { readAnswer } from '../answers/answers.ts'
import {
  type Asked,
  asDescribed,
  carriedOver,
  choicesFrom,
  classOf,
  discover,
  learnFrom,
  lookupHeaders,
  lookupsOf,
  type Obtained,
  readCallback,
  register,
  stateOf,
} from '../oauth/oauth.ts'
import { Secret } from '../secret.ts'
import type { Caller } from './caller.ts'

export async function connect(caller: Caller): Promise<void> {
  const { method, service, state } = caller
  learn(caller, learnFrom(service, method, {}, state.fields))
  await lookUp(caller, true)
  const obtained = await obtain(caller)
  if (obtained) take(caller, obtained)
  await lookUp(caller, false)
}

/** What came back replaces what was stored. */
export function take(caller: Caller, obtained: Obtained): void {
  const { method, service, state } = caller
  state.obtained = carriedOver(state.obtained, obtained)
  state.last = { ...obtained, ...(obtained.scopes ? {} : state.last?.scopes ? { scopes: state.last.scopes } : {}) }
  const told = { token: obtained.told, ...(obtained.claims ? { claims: obtained.claims } : {}) }
  learn(caller, learnFrom(service, method, told, state.fields))
}

async function obtain(caller: Caller): Promise<Obtained | undefined> {
  switch (caller.method.obtain.by) {
    case 'nothing':
      return undefined
    case 'discovery':
      await findOut(caller)
      return consent(caller)
    case 'code':
    case 'oauth1':
    case 'fragment':
      return consent(caller)
    case 'device':
      return onDevice(caller)
    default:
      return caller.oauth.obtain(caller.party())
  }
}

/** Where to sign in, and as whom. */
async function findOut(caller: Caller): Promise<void> {
  const { method, send, simulator, state } = caller
  const { obtain } = method
  if (obtain.by !== 'discovery') throw new Error('nothing has to be found out here')
  const { open } = caller.party()
  const named = {
    ...(obtain.resource === undefined ? {} : { resource: fillAddress(obtain.resource, open) }),
    ...(obtain.issuer === undefined ? {} : { issuer: fillAddress(obtain.issuer, open) }),
  }
  const found = await discover(named, { send })
  const we = { name: 'Cardea', redirectUri: simulator.account.redirectUri }
  const client = await register(found, we, { send })
  const bound = obtain.resource === undefined ? {} : { resource: found.resource }
  state.found = { method: asDescribed(method, found), client, ...bound, issuer: found.server.issuer }
}

async function consent(caller: Caller): Promise<Obtained> {
  const { service, oauth, simulator, state } = caller
  const { method } = caller.party()
  const { obtain } = method
  const begun = await oauth.begin(caller.party(), state.found?.resource ? { resource: state.found.resource } : {})
  const page = await simulator.handle({ method: 'GET', url: begun.address, headers: {} })
  const location = page.headers.location
  if (page.status !== 302 || !location) throw new Error(`the consent page answers ${page.status}`)
  const back = new URL(location)
  if (obtain.by === 'fragment') {
    if (stateOf(back.searchParams) !== begun.ticket.state) throw new Error('the state was lost on the way')
    const token = new URLSearchParams(back.hash.slice(1)).get(obtain.at)
    if (!token) throw new Error(`nothing named ${obtain.at} came back behind the #`)
    return { secrets: { accessToken: Secret.of(token) }, life: 'unknown', told: {} }
  }
  if (obtain.by === 'oauth1') {
    if (stateOf(back.searchParams) !== begun.ticket.state) throw new Error('the state was lost on the way')
    const callback = { code: back.searchParams.get('oauth_verifier') ?? '', told: {} }
    return oauth.complete(caller.party(), begun, { callback })
  }
  if (obtain.by !== 'code') throw new Error('nobody consents here')
  const clientSecret = caller.party().client?.secret ?? state.fields.clientSecret
  const callback = readCallback(obtain, back.searchParams, {
    state: begun.ticket.state,
    clientSecret,
    ...(state.found ? { issuer: state.found.issuer, issuerAnnounced: true } : {}),
  })
  learn(caller, learnFrom(service, method, { callback: callback.told }, state.fields))
  return oauth.complete(caller.party(), begun, { callback })
}

async function onDevice(caller: Caller): Promise<Obtained> {
  const { oauth, simulator, clock } = caller
  const start = await oauth.startDevice(caller.party())
  const party = caller.party()
  await oauth.pollDevice(party, start.deviceCode).then(
    () => {
      throw new Error('a token was given before anybody agreed')
    },
    (error: unknown) => {
      if (classOf(error) !== undefined || !(error instanceof Error)) throw error
    },
  )
  if (!simulator.answerDevice(start.userCode, 'yes')) throw new Error('the user code is not the one that was shown')
  clock.pass(start.intervalSeconds)
  return oauth.pollDevice(party, start.deviceCode)
}

function learn(caller: Caller, learned: Readonly<Record<string, string>>): void {
  Object.assign(caller.state.learned, learned)
}

/** Each call once. Where a person would choose, the last is taken: the simulator puts the right one there. */
async function lookUp(caller: Caller, anonymous: boolean): Promise<void> {
  const { service, method, state } = caller
  for (const asked of lookupsOf(method).filter(({ lookup }) => Boolean(lookup.anonymous) === anonymous)) {
    const answer = readAnswer(await ask(caller, asked))
    if (answer.status !== 200)
      throw new Error(`the look-up of ${asked.names.join(', ')} is answered with ${answer.status}`)
    const choices = choicesFrom(service, method, asked, answer.json, state.last?.claims)
    if (choices[0]) learn(caller, choices.at(-1)!.values)
  }
}

async function ask(caller: Caller, asked: Asked) {
  const { lookup } = asked
  const party = caller.party()
  const headers = lookupHeaders(asked, party)
  if (!lookup.anonymous && !lookup.headers) return caller.own({ method: 'GET', to: lookup.get, headers })
  const { service, method } = caller
  const address = caller.target.ownAddress(
    { service, method, values: party.open },
    lookup.get,
    Boolean(lookup.anonymous),
  )
  return caller.send({
    method: 'GET',
    url: `${address.base}${address.path}${address.query ? `?${address.query}` : ''}`,
    headers,
  })
}
