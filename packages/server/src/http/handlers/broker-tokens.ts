import { Secret } from '../../secret.ts'
import { readPage } from '../cursor.ts'
import { page } from '../present.ts'
import * as present from '../present-broker.ts'
import { handler } from '../route.ts'
import { pageQuery, withId } from '../shapes.ts'
import * as shapes from './broker-shapes.ts'

export const list = handler({
  summary: 'Lists the broker tokens that live: for administrators all, for others their own',
  query: pageQuery,
  reply: shapes.brokerTokenPage,
  run: async ({ rooms, caller, query }) =>
    page(await rooms.broker.tokens.list(caller, readPage(query)), present.brokerToken),
})

export const get = handler({
  summary: 'What a broker token is good for, without the token',
  params: withId,
  reply: shapes.brokerToken,
  run: async ({ rooms, caller, params }) => present.brokerToken(await rooms.broker.tokens.get(caller, params.id)),
})

export const create = handler({
  summary: 'Makes a broker token, which is shown this once: what software uses connections by, for minutes',
  body: shapes.createBrokerToken,
  reply: shapes.createdBrokerToken,
  creates: true,
  run: async ({ rooms, caller, body }) => present.createdBrokerToken(await rooms.broker.mint(caller, body)),
})

export const narrow = handler({
  summary: 'Makes another token out of the one in the body: for less, never for more',
  body: shapes.narrowBrokerToken,
  reply: shapes.createdBrokerToken,
  run: async ({ rooms, caller, body: { token, ...input }, dpop, publicUrl }) => {
    const proof = { header: dpop, method: 'POST', url: `${publicUrl()}/v1/broker-tokens/narrow` }
    const { requestId, ip } = caller
    return present.createdBrokerToken(await rooms.broker.narrow(Secret.of(token), input, { proof, requestId, ip }))
  },
})

export const revoke = handler({
  summary: 'Ends a broker token, and all that were narrowed from it, on every server',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.broker.tokens.revoke(caller, params.id),
})
