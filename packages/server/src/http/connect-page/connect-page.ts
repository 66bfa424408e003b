import { z } from 'zod'
import { nobody } from '../../actor.ts'
import { type Asks, offersOf, type Standing, type Visitor } from '../../connections/connections.ts'
import { equalBytes } from '../../crypto/equal.ts'
import { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import type { KnownService } from '../../services/services.ts'
import { leavingPage } from '../consent-page/consent-page.ts'
import { choiceForm, device, failed } from '../consent-page/pages.ts'
import { html } from '../html.ts'
import type { Rooms } from '../rooms.ts'
import { type Exchange, handler, Page } from '../route.ts'
import { type Drawn, formOf, isEntered, summaryOf } from './form.ts'
import { addressOf, BROWSER_COOKIE, browserCookie, messageOf } from './handover.ts'
import { framedPage, pageOf, refusalText } from './layout.ts'
import { returnScript } from './return-script.ts'
import * as steps from './steps.ts'
import { pageStyle } from './style.ts'

/**
 * The hosted page at /connect/{token}: drawn here, without a script, for whoever has the link. Each answer to a form that worked is a
 * redirect, so that nothing is sent twice; each refusal is a page that says what to do. It is framed by nobody but for one button.
 */
const withToken = z.strictObject({ token: z.string().min(1).max(200) })
const word = z.string().max(200).optional()
const query = z.strictObject({ service: word, method: word, search: word, flow: word })
type Query = z.output<typeof query>

const form = z.looseObject({
  action: z.enum(['begin', 'sign_in', 'connect', 'answer', 'return', 'cancel']),
  proof: z.string().max(100).default(''),
  email: z.string().max(300).optional(),
  password: z.string().max(1024).optional(),
  service: word,
  method: word,
  name: z.string().max(400).optional(),
  visibility: z.enum(['private', 'workspace']).optional(),
  choice: z.string().max(400).optional(),
  by: z.enum(['form', 'consent']).default('form'),
  flow: word,
})
type Form = z.output<typeof form>
type Visit = Exchange<{ token: string }, Query, Form>

const MOST_LISTED = 24

export const show = handler({
  summary: 'The page on which a person connects an account, for whoever has the link',
  params: withToken,
  query,
  page: refusalText,
  recognizes: true,
  run: async (exchange) => {
    const standing = await exchange.rooms.connections.connectSessions.visits.look(
      linkOf(exchange),
      visitorOf(exchange),
      exchange.query.flow,
    )
    return drawn(exchange.rooms, standing, exchange.query)
  },
})

export const act = handler({
  summary: 'The forms of that page',
  params: withToken,
  query,
  body: form,
  page: refusalText,
  recognizes: true,
  run: async (exchange) => {
    const { action, proof } = exchange.body
    const visits = exchange.rooms.connections.connectSessions.visits
    const here = `/connect/${encodeURIComponent(exchange.params.token)}`
    if (action === 'begin') {
      const browser = await visits.begin(linkOf(exchange), visitorOf(exchange))
      return elsewhere(here, [browserCookie(browser)])
    }
    if (action === 'sign_in') return signIn(exchange, here)
    if (action === 'connect') return connect(exchange, here)
    if (action === 'answer') {
      const { flow = '', choice = '' } = exchange.body
      await visits.answer(linkOf(exchange), visitorOf(exchange), proof, { flow, choice })
      return elsewhere(`${here}?flow=${encodeURIComponent(flow)}`)
    }
    const departure = await visits.leave(linkOf(exchange), visitorOf(exchange), proof, action)
    const { asks, to } = departure
    if (!to) return elsewhere(here)
    const address = addressOf({ ...departure, to })
    if (to.by === 'redirect' || to.origin === undefined) return elsewhere(address)
    const message = JSON.stringify(messageOf(departure))
    return pageOf(
      asks,
      'Back you go',
      html`<h1>Back you go</h1><p>This window closes by itself. If it does not:</p>
<div class="bar"><a class="button main" id="back" href="${address}" data-origin="${to.origin}" data-message="${message}">Return to ${to.origin}</a></div>
<script src="/connect-page/return.js" defer></script>`,
    )
  },
})

export const frame = handler({
  summary: 'The one part that registered pages may frame: a button that opens the page in a window of its own',
  params: withToken,
  page: refusalText,
  run: async ({ rooms, params }) => {
    const { asks, origins } = await rooms.connections.connectSessions.visits.framedBy(Secret.of(params.token))
    const button = html`<a class="button main" href="/connect/${params.token}" target="_blank" rel="opener">Connect an account</a>`
    return framedPage(asks, button, origins)
  },
})

export const style = handler({
  summary: 'The style of the connect page',
  gives: ['text/css; charset=utf-8'],
  run: async () => ({ type: 'text/css; charset=utf-8', content: pageStyle }),
})

export const script = handler({
  summary: 'The one script of the connect page: tells the page that opened it, and closes',
  gives: ['text/javascript; charset=utf-8'],
  run: async () => ({ type: 'text/javascript; charset=utf-8', content: returnScript }),
})

type Sent = { sent: Readonly<Record<string, string>>; problem: Problem }

async function drawn(rooms: Rooms, standing: Standing, query: Query, wrong?: Sent): Promise<Page> {
  const { asks } = standing
  const status = wrong ? { status: wrong.problem.status } : {}
  switch (standing.at) {
    case 'landing':
      return pageOf(
        asks,
        'Connect an account',
        steps.landing(standing, asks.services ? await named(rooms, asks, asks.services) : []),
      )
    case 'sign_in':
      return pageOf(
        asks,
        'Sign in to go on',
        steps.signIn(standing, wrong?.sent.email ?? '', wrong?.problem),
        status,
        'sign_in',
      )
    case 'over':
      return pageOf(asks, 'Connect an account', steps.over(standing))
    case 'choosing':
      return choosing(rooms, standing, query, wrong)
  }
}

async function choosing(
  rooms: Rooms,
  standing: Extract<Standing, { at: 'choosing' }>,
  query: Query,
  wrong?: Sent,
): Promise<Page> {
  const { asks, proof } = standing
  const status = wrong ? { status: wrong.problem.status } : {}
  const cancel = steps.cancelForm(proof)
  const waiting = await consentStep(rooms, standing)
  if (waiting) return waiting
  const failure = standing.flow?.problem ? failed(standing.flow.problem) : html``
  const only = asks.services?.length === 1 ? asks.services[0] : undefined
  const id = query.service ?? standing.flow?.provider ?? only
  if (id === undefined) {
    const list = await listed(rooms, asks, query.search ?? '')
    return pageOf(asks, 'Choose a service', html`${failure}${steps.chooseService(list)}${cancel}`)
  }
  if (asks.services && !asks.services.includes(id)) throw new Problem('connect.service_not_offered')
  const known = await rooms.services.get(asks.workspaceId, id)
  const icon = await iconOf(rooms, asks, known)
  const others = only ? html`` : html`<p class="small"><a href="?">Choose another service</a></p>`
  const offers = offersOf(known.definition, rooms.clock.now(), (name) => standing.hasApp(id, name))
  const begunBy = query.service === undefined ? standing.flow?.method : undefined
  const offer = offers.find(
    ({ name }) => name === (query.method ?? begunBy ?? (offers.length === 1 ? offers[0]?.name : undefined)),
  )
  const title = `${wrong ? 'Not connected yet: ' : ''}Connect ${known.definition.name}`
  if (!offer) {
    const ways = html`${steps.lead(known, icon, others)}${steps.chooseMethod(known, offers)}`
    return pageOf(asks, title, html`${failure}${summaryOf(wrong?.problem)}${ways}${cancel}`, status)
  }
  const ways =
    offers.length > 1 ? html`<p class="small"><a href="?service=${id}">Connect it in another way</a></p>` : html``
  const what = html`<p class="soft">${offer.method.label}</p>${others}${ways}`
  if (offer.state !== 'ready') {
    const note = html`<div class="note warn"><p>${steps.notReady(known, offer)}</p></div>`
    return pageOf(
      asks,
      title,
      html`${summaryOf(wrong?.problem)}${steps.lead(known, icon, what)}${note}${cancel}`,
      status,
    )
  }
  const made = standing.made(id, known.definition, offer)
  const filled: Drawn = { known, offer, asks, proof, made, sent: wrong?.sent ?? {}, problem: wrong?.problem }
  return pageOf(
    asks,
    title,
    html`${failure}${summaryOf(wrong?.problem, filled)}${steps.lead(known, icon, what)}${steps.howToGetIt(known, offer)}${formOf(filled)}${cancel}`,
    status,
    isEntered(filled) ? 'entry' : 'page',
  )
}

/** What a consent that was begun here has come to, where somebody has to wait or to choose. */
async function consentStep(
  rooms: Rooms,
  { asks, proof, flow }: Extract<Standing, { at: 'choosing' }>,
): Promise<Page | undefined> {
  if (!flow || flow.problem) return undefined
  const { definition } = await rooms.services.get(asks.workspaceId, flow.provider)
  if (flow.state === 'asking' && flow.asks) {
    const hidden = html`<input type="hidden" name="proof" value="${proof}"><input type="hidden" name="flow" value="${flow.id}">`
    return pageOf(
      asks,
      'Which one is it for?',
      html`<h1>Which one is it for?</h1>${choiceForm(flow.asks.choices, hidden)}`,
    )
  }
  if (flow.kind !== 'device') return undefined
  const seconds = flow.device?.intervalSeconds ?? 5
  return pageOf(asks, `Connect ${definition.name}`, device(flow, definition.name), { goesOn: { seconds } })
}

async function connect(exchange: Visit, here: string): Promise<Page> {
  const { rooms, body } = exchange
  const { service: provider = '', method = '', name, visibility, choice, proof } = body
  const visits = rooms.connections.connectSessions.visits
  const given = {
    provider,
    method,
    name: name?.trim() || undefined,
    visibility,
    choice,
    settings: block(body, 'settings'),
    credential: block(body, 'credential'),
  }
  try {
    if (body.by === 'consent') {
      const { flow, service, address } = await visits.consent(linkOf(exchange), visitorOf(exchange), proof, given)
      return address === undefined
        ? elsewhere(`${here}?flow=${encodeURIComponent(flow)}`)
        : leavingPage(service, address)
    }
    await visits.connect(linkOf(exchange), visitorOf(exchange), proof, given)
  } catch (problem) {
    // What the person can correct here is told beside the form; that the link itself is of no use, on a page of its own.
    if (!(problem instanceof Problem) || problem.code.startsWith('connect.')) throw problem
    const standing = await visits.look(linkOf(exchange), visitorOf(exchange))
    const sent = {
      ...Object.fromEntries(Object.entries(given.settings).map(([own, value]) => [`settings.${own}`, value])),
      name: name ?? '',
      visibility: visibility ?? 'private',
    }
    return drawn(rooms, standing, { service: provider, method, search: undefined, flow: undefined }, { sent, problem })
  }
  return elsewhere(here)
}

async function signIn(exchange: Visit, here: string): Promise<Page> {
  const { rooms, body, caller, userAgent } = exchange
  const standing = await rooms.connections.connectSessions.visits.look(linkOf(exchange), visitorOf(exchange))
  if (standing.at !== 'sign_in') return elsewhere(here)
  if (!equalBytes(Buffer.from(standing.proof), Buffer.from(body.proof))) throw new Problem('connect.form_stale')
  const { email = '', password = '' } = body
  try {
    const as = { ...caller, actor: nobody }
    const { setCookie } = await rooms.accounts.people.signIn(as, { email, password: Secret.of(password), userAgent })
    return elsewhere(here, setCookie)
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status >= 500) throw problem
    return drawn(rooms, standing, {}, { sent: { email }, problem })
  }
}

/** A redirect cuts a popup off from its opener like a page would; whether it may stay, the page behind it says. */
function elsewhere(address: string, setCookie: readonly Secret[] = []): Page {
  return new Page('', { seeOther: address, setCookie, keepsOpener: true })
}

function linkOf({ params }: { params: { token: string } }): Secret {
  return Secret.of(params.token)
}

function visitorOf({ caller, cookie }: Pick<Visit, 'caller' | 'cookie'>): Visitor {
  return { caller, browser: cookie(BROWSER_COOKIE) }
}

/** `settings.site` and its like. Browsers send every line break of a form as two characters; nobody typed the first. */
function block(body: Form, name: 'settings' | 'credential'): Record<string, string> {
  const own = Object.entries(body).filter(([key]) => key.startsWith(`${name}.`))
  return Object.fromEntries(
    own.map(([key, value]) => [key.slice(name.length + 1), String(value).replaceAll('\r\n', '\n')]),
  )
}

/** Those of a link that are still there. */
async function named(rooms: Rooms, { workspaceId }: Asks, ids: readonly string[]): Promise<KnownService[]> {
  const found = await Promise.all(ids.map((id) => rooms.services.get(workspaceId, id).catch(notThere)))
  return found.filter((known) => known !== undefined)
}

function notThere(error: unknown): undefined {
  if (error instanceof Problem && error.status < 500) return undefined
  throw error
}

async function listed(rooms: Rooms, asks: Asks, search: string): Promise<steps.Listed> {
  const all = asks.services
    ? (await named(rooms, asks, asks.services)).filter(({ id, definition }) =>
        `${id} ${definition.name}`.toLowerCase().includes(search.toLowerCase()),
      )
    : (await rooms.services.list(asks.workspaceId, { limit: MOST_LISTED + 1, ...(search ? { search } : {}) })).items
  const shown = all.slice(0, MOST_LISTED)
  const services = await Promise.all(shown.map(async (known) => ({ known, icon: await iconOf(rooms, asks, known) })))
  return { services, search, more: all.length > shown.length }
}

/** As data: a picture in an <img> runs nothing, and needs no address that anybody may ask. */
async function iconOf(rooms: Rooms, { workspaceId }: Asks, { id }: KnownService): Promise<string> {
  return `data:image/svg+xml;base64,${Buffer.from(await rooms.services.icon(workspaceId, id)).toString('base64')}`
}
