/** A simulator that takes anything proves nothing: each request that any method sends is spoilt in every way that matters, and has to be refused. */
import { type Service, services } from '@cardea/catalog'
import { describe, expect, it } from 'vitest'
import { live, mistakesIn, trial } from './tampering.ts'

const methods = Object.entries<Service>(services).flatMap(([id, service]) =>
  Object.entries(service.auth)
    .filter(([, { send }]) => !send.mail)
    .map(([method]) => ({ name: `${id}.${method}`, id, service, method })),
)

describe.each(methods)('$name', ({ id, service, method }) => {
  it('refuses each wrong request', async () => {
    const words = service.auth[method]!
    const right = trial(id, service, method)
    const calls = await live(right)
    expect(calls.flatMap(({ faults }) => faults)).toEqual([])
    const taken: string[] = []
    for (const [index, call] of calls.entries()) {
      for (const { name } of mistakesIn(right.sent[index]!, call, words)) {
        // The same mistake in the request of another run, whose states and verifiers are its own.
        const wrong = trial(id, service, method, (request, at) =>
          at === index ? mistakesIn(request, call, words).find((mistake) => mistake.name === name)!.made : request,
        )
        const judged = (await live(wrong))[index]
        if (!judged || (judged.faults.length === 0 && judged.endpoint === call.endpoint))
          taken.push(`${call.endpoint} ${call.address}: ${name}`)
      }
    }
    expect(taken).toEqual([])
  })
})
