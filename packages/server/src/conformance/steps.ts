import type { Check } from '@cardea/catalog'
import type { Simulator } from '../simulate/simulate.ts'

/** One thing that was tried. `where` is the spot of the definition to look at, `says` what went wrong there. */
export interface Step {
  readonly name: string
  readonly is: 'passed' | 'failed' | 'skipped'
  readonly where?: string
  readonly says?: string
}

export interface Steps {
  readonly all: readonly Step[]
  readonly method: string
  skip(name: string, says: string): void
  /** What the work gives back; undefined when it failed. The simulator's own words about the last call come first. */
  attempt<T>(name: string, where: string, work: () => Promise<T>, simulator?: Simulator): Promise<T | undefined>
}

/** What was expected and did not happen. */
export class Unmet extends Error {}

export function createSteps(method: string): Steps {
  const all: Step[] = []
  return {
    all,
    method,
    skip: (name, says) => {
      all.push({ name, is: 'skipped', says })
    },
    async attempt(name, where, work, simulator) {
      const before = simulator?.calls.length ?? 0
      try {
        const result = await work()
        all.push({ name, is: 'passed' })
        return result
      } catch (error) {
        const faults = simulator?.calls
          .slice(before)
          .flatMap((call) => call.faults.map((fault) => `${call.endpoint}: ${fault}`))
        const own = error instanceof Error ? error.message : String(error)
        const why = error instanceof Unmet || !faults?.length ? [own] : [...new Set(faults)]
        all.push({ name, is: 'failed', where, says: why.join('; ') })
        return undefined
      }
    },
  }
}

/** Whether a check can be tried by asking: not by mail, not by a protocol of its own. */
export function isCall(check: Check): boolean {
  return 'get' in check || 'post' in check
}
