import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Created } from './begin.ts'
import type { NewConnection } from './create.ts'

/** Credentials that somebody brings from elsewhere, each on its own: what is wrong with one does not hold up the others. */
export type Imported = { created: Created; problem?: never } | { created?: never; problem: Problem }

const AT_ONCE = 8

export function createImport(create: (caller: Caller, input: NewConnection) => Promise<Created>, log: Logger) {
  return async (caller: Caller, items: readonly NewConnection[]): Promise<Imported[]> => {
    const results: Imported[] = []
    const one = async (item: NewConnection): Promise<Imported> => {
      try {
        return { created: await create(caller, item) }
      } catch (error) {
        if (error instanceof Problem) return { problem: error }
        log.error('a fault while importing a connection', { error })
        return { problem: new Problem('server.fault') }
      }
    }
    for (let at = 0; at < items.length; at += AT_ONCE) {
      results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(one))))
    }
    return results
  }
}
