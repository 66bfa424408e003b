/** Two steps: a call with what the person supplied buys what is sent. */
import type { Login } from '@cardea/catalog'
import type { Outcome } from './authorize.ts'
import { faultsOfHeaders, faultsOfParams, same } from './expected.ts'
import { type Answered, putAt } from './path.ts'
import { basicOf, jsonAnswer, paramsOf, type Received } from './received.ts'
import { faultsOfSignature } from './signature.ts'
import { lifeOf, refuse } from './token-answer.ts'
import { filled, filledParams } from './values.ts'
import { issue, newGrant, newToken, valuesFor, type World } from './world.ts'

export function login(world: World, received: Received, obtain: Login): Outcome {
  const values = valuesFor(world)
  const params = obtain.json
    ? paramsOf(received, 'json')
    : obtain.form
      ? paramsOf(received, 'form')
      : { values: new Map<string, string>(), faults: [] }
  const faults = [
    ...(received.method === (obtain.method ?? 'POST') ? [] : [`${obtain.method ?? 'POST'} is expected`]),
    ...params.faults,
    ...faultsOfHeaders(received, obtain.headers, values),
    ...faultsOfParams(params.values, filledParams(obtain.json ?? obtain.form, values)),
    ...faultsOfBasic(received, obtain, world),
    ...(obtain.sign ? faultsOfSignature(world, received, obtain.sign, values) : []),
  ]
  if (faults.length > 0) return { ...refuse(world, 'invalid_client', faults, obtain.answer), faults }
  const given = Object.fromEntries(Object.keys(obtain.gives).map((name) => [name, newToken(world, name)]))
  const issued = issue(world, newGrant(world, []), given, lifeOf(world, obtain.answer))
  let body: Answered = {}
  for (const [name, path] of Object.entries(obtain.gives)) body = putAt(body, path, given[name]!)
  const { expiresAt, expiresIn } = obtain.answer?.at ?? {}
  if (expiresAt && issued.expiresAt !== undefined)
    body = putAt(body, expiresAt, new Date(issued.expiresAt).toISOString())
  if (expiresIn && issued.expiresAt !== undefined) body = putAt(body, expiresIn, lifeOf(world, obtain.answer)!)
  return { answer: jsonAnswer(200, body), faults: [] }
}

function faultsOfBasic(received: Received, { basic }: Login, world: World): string[] {
  if (!basic) return []
  const got = basicOf(received.headers.get('authorization'))
  const values = valuesFor(world)
  const right = got && same(got.user, filled(basic.user, values)) && same(got.password, filled(basic.password, values))
  return right ? [] : ['user and password by Basic are missing or wrong']
}
