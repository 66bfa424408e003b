import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Created } from './begin.ts'
import type { NewConnection } from './create.ts'
import type { TakenOver, TakeOver } from './take-over.ts'

/** Credentials that somebody brings from elsewhere, each on its own: what is wrong with one does not hold up the others. */
export type Imported = { created: Created; problem?: never } | { created?: never; problem: Problem }

const AT_ONCE = 8

/** With `tokens`, what somebody was granted elsewhere; otherwise what they entered. */
export type Item = NewConnection & Partial<Pick<TakenOver, 'tokens' | 'appId' | 'scopes'>>

export function createImport(
  create: (caller: Caller, input: NewConnection) => Promise<Created>,
  takeOver: TakeOver,
  log: Logger,
) {
  return async (caller: Caller, items: readonly Item[]): Promise<Imported[]> => {
    const results: Imported[] = []
    const one = async ({ tokens, appId, scopes, ...item }: Item): Promise<Imported> => {
      try {
        if (tokens) return { created: await takeOver(caller, { ...item, tokens, appId, scopes }) }
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
