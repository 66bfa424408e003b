import { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import { cookieOf, flowCookies } from '../consent-page/flow-cookie.ts'
import * as present from '../present-flows.ts'
import { type Exchange, handler, WithCookies } from '../route.ts'
import { withId } from '../shapes.ts'
import * as shapes from './flow-shapes.ts'

export const authorize = handler({
  summary: 'Begins a consent at a service, or authorizes a connection anew; answers where the person has to go',
  body: shapes.authorize,
  reply: shapes.started,
  run: async (exchange) => {
    const { rooms, caller, body, publicUrl } = exchange
    const { bind, returnTo, ...input } = body
    if (input.provider === undefined && input.connectionId === undefined) {
      throw new Problem('request.invalid', { issues: [{ path: 'body.provider', message: 'is missing' }] })
    }
    const started = await rooms.connections.authorize.start(caller, input, { by: bind, returnTo })
    const reply = present.startedFlow(started, shown(exchange), publicUrl())
    if (!started.browser) return new WithCookies(reply, [])
    const { flow, workspaceId, browser } = started
    return new WithCookies(reply, await flowCookies(exchange, { id: flow.id, workspaceId }, browser))
  },
})

export const get = handler({
  summary: 'How a consent stands, for whoever began it; for a code that is typed elsewhere, asks the service',
  params: withId,
  reply: shapes.flow,
  run: async (exchange) =>
    present.flow(await exchange.rooms.connections.authorize.get(exchange.caller, exchange.params.id), shown(exchange)),
})

export const finish = handler({
  summary: 'Completes a consent that waits for whoever began it, or answers what it asks',
  params: withId,
  body: shapes.finish,
  reply: shapes.flow,
  run: async (exchange) => {
    const { rooms, caller, params, body } = exchange
    const { starterSecret, choice, acceptOtherAccount: acceptsOtherAccount } = body
    const proof = {
      ...(starterSecret === undefined ? {} : { starterSecret: Secret.of(starterSecret) }),
      cookieOf: cookieOf(exchange),
    }
    const done = await rooms.connections.authorize.finish(caller, params.id, proof, { choice, acceptsOtherAccount })
    return present.flow(done, shown(exchange))
  },
})

export const cancel = handler({
  summary: 'Gives a consent up; what was granted and not completed is forgotten',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.connections.authorize.cancel(caller, params.id),
})

function shown({ rooms, caller }: Pick<Exchange, 'rooms' | 'caller'>) {
  return (row: Parameters<typeof rooms.connections.view>[1]) => rooms.connections.view(caller, row)
}
