import { z } from 'zod'
import { nobody } from '../../actor.ts'
import { type FlowVisitor, reauthorizePath, type Visited } from '../../connections/connections.ts'
import { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import { stepAddress } from '../connect-page/handover.ts'
import { pageOf, refusalText } from '../connect-page/layout.ts'
import { type Html, html } from '../html.ts'
import { type Exchange, handler, Page } from '../route.ts'
import { cookieOf, endedCookie, flowCookies } from './flow-cookie.ts'
import { hashScript } from './hash-script.ts'
import * as pages from './pages.ts'

/**
 * The pages around a consent at a service. Whoever comes back is led on at once to a page without code or state in its address, that can be
 * loaded again; every way to fail is a page with what to do next.
 */
/** Whatever a service adds; each name once. */
const pairs = z.looseObject({ state: z.string().optional() })
const withToken = z.strictObject({ token: z.string().min(1).max(200) })
const withFlow = z.strictObject({ workspace: z.string().min(1).max(100), flow: z.string().min(1).max(100) })
const goForm = z.strictObject({
  action: z.enum(['go', 'sign_in']),
  email: z.string().max(300).optional(),
  password: z.string().max(1024).optional(),
})
const answerForm = z.strictObject({ action: z.enum(['answer', 'accept']), choice: z.string().max(400).optional() })

export const showLink = handler({
  summary: 'Says who asks for an account, before anybody is sent to the service; for whoever has the link',
  params: withToken,
  page: refusalText,
  recognizes: true,
  run: async ({ rooms, caller, params }) => {
    const standing = await rooms.connections.authorize.links.look(Secret.of(params.token), { caller })
    return pageOf(undefined, `Connect ${standing.service.name}`, pages.asks(standing), {}, kindOf(standing.at))
  },
})

export const followLink = handler({
  summary: 'The forms of that page',
  params: withToken,
  body: goForm,
  page: refusalText,
  recognizes: true,
  run: async (exchange) => {
    const { rooms, caller, params, body, userAgent } = exchange
    const link = Secret.of(params.token)
    const { links } = rooms.connections.authorize
    const here = `/connect/go/${encodeURIComponent(params.token)}`
    const standing = await links.look(link, { caller })
    if (body.action === 'sign_in') {
      const { email = '', password = '' } = body
      try {
        const as = { ...caller, actor: nobody }
        const { setCookie } = await rooms.accounts.people.signIn(as, {
          email,
          password: Secret.of(password),
          userAgent,
        })
        return new Page('', { seeOther: here, setCookie })
      } catch (problem) {
        if (!(problem instanceof Problem) || problem.status >= 500) throw problem
        const again = pages.asks({ ...standing, at: 'sign_in' }, problem, email)
        return pageOf(undefined, 'Sign in to go on', again, { status: problem.status }, 'sign_in')
      }
    }
    const { flow, browser, address } = await links.go(link, { caller })
    const { id, workspace_id: workspaceId } = flow
    return leavingPage(standing.service.name, address, await flowCookies(exchange, { id, workspaceId }, browser))
  },
})

/** By a link that is followed by itself: what a form leads to, its policy would hold against every redirect of the service. */
export function leavingPage(name: string, address: string, setCookie: readonly Secret[] = []): Page {
  return pageOf(undefined, `Off to ${name}`, pages.leaving(name, address), {
    setCookie,
    goesOn: { to: address, seconds: 0 },
  })
}

export const callback = handler({
  summary: 'Where services send people back to after a consent',
  query: pairs,
  page: refusalText,
  recognizes: true,
  run: async (exchange) => cameBack(exchange, exchange.query),
})

export const handIn = handler({
  summary: 'Takes what a service sent back behind the #, as our own page read it there',
  body: pairs,
  page: refusalText,
  recognizes: true,
  run: async (exchange) => cameBack(exchange, exchange.body),
})

async function cameBack(exchange: Exchange, given: z.output<typeof pairs>): Promise<Page> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(given)) query.set(name, String(value))
  const visited = await exchange.rooms.connections.authorize.arrive(query, visitorOf(exchange))
  if (visited.behindHash !== undefined) return pageOf(undefined, 'One moment', pages.handIn(given.state ?? ''))
  return ledOn(visited, exchange)
}

function ledOn(visited: Visited, exchange: Pick<Exchange, 'cookie'>): Page {
  const { flow, page, workspaceId } = visited
  if (page) return new Page('', { seeOther: stepAddress(page, flow.id) })
  const isSaid = flow.state === 'done' && flow.notes.length === 0 && flow.duplicateOf === null
  const to = isSaid ? returnAddress(visited) : undefined
  const isOver = flow.state === 'done' || flow.state === 'failed'
  return new Page('', {
    seeOther: to ?? `/oauth/flows/${encodeURIComponent(workspaceId)}/${encodeURIComponent(flow.id)}`,
    setCookie: isOver ? endedCookie(flow.id, exchange) : [],
  })
}

export const showFlow = handler({
  summary: 'What came of a consent, for the browser that was sent back',
  params: withFlow,
  page: refusalText,
  recognizes: true,
  run: async (exchange) => {
    const { rooms, params } = exchange
    const name = { workspaceId: params.workspace, id: params.flow }
    const visited = await rooms.connections.authorize.look(name, visitorOf(exchange))
    return drawn(exchange, visited)
  },
})

export const answerFlow = handler({
  summary: 'The forms of that page',
  params: withFlow,
  body: answerForm,
  page: refusalText,
  recognizes: true,
  run: async (exchange) => {
    const { rooms, params, body } = exchange
    const name = { workspaceId: params.workspace, id: params.flow }
    const answers = body.action === 'accept' ? { acceptsOtherAccount: true } : { choice: body.choice }
    return ledOn(await rooms.connections.authorize.answer(name, visitorOf(exchange), answers), exchange)
  },
})

export const script = handler({
  summary: 'The script that hands in what came back behind the #',
  gives: ['text/javascript; charset=utf-8'],
  run: async () => ({ type: 'text/javascript; charset=utf-8', content: hashScript }),
})

export const clientDocument = handler({
  summary: 'Describes this server as an OAuth client, for servers that take a client by the address of this document',
  gives: ['application/json'],
  run: async ({ rooms }) => ({
    type: 'application/json',
    content: JSON.stringify(rooms.connections.authorize.clientDocument()),
  }),
})

async function drawn({ rooms }: Pick<Exchange, 'rooms'>, visited: Visited): Promise<Page> {
  const { flow, workspaceId } = visited
  const { definition } = await rooms.services.get(workspaceId, flow.provider)
  const to = returnAddress(visited)
  const link = to ? button(to, 'Go back') : flow.problem ? begunAgain(flow) : undefined
  const title = flow.problem?.title ?? definition.name
  const waits = flow.state === 'asking' && flow.asks?.what === 'confirmation'
  return pageOf(undefined, title, pages.cameBack(flow, definition.name, link), {
    ...(flow.problem ? { status: flow.problem.status } : {}),
    ...(waits && to ? { goesOn: { to, seconds: 2 } } : {}),
    ...(flow.state === 'working' ? { goesOn: { seconds: 2 } } : {}),
  })
}

function begunAgain({ connectionId }: Visited['flow']): Html {
  return connectionId === null ? button('/', 'Open the dashboard') : button(reauthorizePath(connectionId), 'Try again')
}

function button(to: string, text: string): Html {
  return html`<div class="bar"><a class="button main" href="${to}" rel="noreferrer">${text}</a></div>`
}

/** The address that is registered, and what came of it. Nothing in it is a secret, and nothing is completed by it. */
function returnAddress({ returnTo, flow }: Visited): string | undefined {
  if (returnTo === undefined) return undefined
  const said = {
    flow: flow.id,
    outcome: flow.state === 'done' ? 'connected' : flow.state === 'asking' ? 'asking' : 'failed',
    ...(flow.state === 'done' && flow.connectionId ? { connection: flow.connectionId } : {}),
    ...(flow.problem ? { problem: flow.problem.code } : {}),
  }
  const [path = '', query = ''] = returnTo.split('?', 2)
  const all = new URLSearchParams(query)
  for (const [name, value] of Object.entries(said)) all.set(name, value)
  return `${path}?${all}`
}

function visitorOf(exchange: Pick<Exchange, 'caller' | 'cookie'>): FlowVisitor {
  return { caller: exchange.caller, cookieOf: cookieOf(exchange) }
}

function kindOf(at: 'sign_in' | 'ready'): 'page' | 'sign_in' {
  return at === 'sign_in' ? 'sign_in' : 'page'
}
