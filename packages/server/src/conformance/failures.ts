/** Every way in which the service fails, and what our side makes of it. */
import type { Caller } from './caller.ts'
import { connect } from './connect.ts'
import { isCall, type Steps, Unmet } from './steps.ts'

export async function failures(steps: Steps, start: () => Caller): Promise<void> {
  const first = start()
  if (!isCall(first.method.check ?? first.service.check)) return steps.skip('failures', 'there is no check to see them')
  try {
    await connect(first)
  } catch {
    return steps.skip('failures', 'there is no connection to see them with')
  }
  const counts = new Map<string, number>()
  for (const { of, status, condition } of first.simulator.shapes) {
    const index = counts.get(of) ?? 0
    counts.set(of, index + 1)
    first.simulator.fail(of, index)
    const name = `${of} as ${status}${condition.path ? ` with ${condition.path}` : condition.contains ? ' with words' : ''}`
    await steps.attempt(name, `answers.${of}`, () => meant(first, of), first.simulator)
  }
  first.simulator.recover()
  for (const how of ['error', 'html', 'timeout', 'reset'] as const) {
    first.simulator.goDown(how)
    await steps.attempt(`down: ${how}`, 'answers.unavailable', () => meant(first, 'unavailable'), first.simulator)
  }
}

async function meant(caller: Caller, of: string): Promise<void> {
  const checked = await caller.check()
  if ('none' in checked) return
  const { result } = checked
  const wrong = (what: string) => new Unmet(`${of} is taken for ${what}`)
  if (of === 'restricted') {
    if (result.accepted !== true) throw wrong(result.meaning.is)
    if (result.sufficient) throw wrong('a good credential with every right')
  } else if (of === 'rejected') {
    if (result.accepted !== false) throw wrong(result.accepted ? 'a good credential' : result.meaning.is)
  } else if (result.meaning.is !== of || result.accepted !== null)
    throw wrong(result.accepted ? 'a good credential' : result.meaning.is)
  if (of === 'limited' && !('comeBackAt' in result.meaning)) throw new Unmet('when to come back is not understood')
}
