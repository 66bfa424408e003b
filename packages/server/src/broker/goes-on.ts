import type { Clock } from '../clock.ts'
import type { Passage } from './passage.ts'
import type { Redeem } from './redeem.ts'
import type { WarmTokens } from './warm.ts'

/**
 * Whether a call under way may go on. Where something has changed it may be a name, or the credential that a call waits for: the database is
 * asked what, once for all calls of a token. Promises: what may not go on ends within a second, also where nobody can be asked.
 */
export type GoesOn = (passage: Passage) => boolean

/** So long is what somebody has answered good for, where nobody would hear of a change … */
const ASKED_AGAIN = 400
/** … and so long may nobody answer. */
const LONGEST_DOUBT = 700

interface Doubt {
  /** When it was last asked with an answer; or for the first time. */
  since: number
  isAsking: boolean
  hasAnswer: boolean
  /** Nobody could be asked, which is as good as a no. */
  hasFailed: boolean
}

export function createGoesOn(deps: {
  clock: Clock
  tokens: Pick<WarmTokens, 'isCurrent' | 'refresh'>
  redeem: Pick<Redeem, 'behind'>
  /** What memory knows, current or not. */
  isOver(passage: Passage): boolean
}): GoesOn {
  const { clock, tokens, redeem, isOver } = deps
  const doubts = new WeakMap<Passage, Doubt>()

  function ask(passage: Passage, doubt: Doubt): void {
    const asked = clock.monotonic()
    doubt.isAsking = true
    // What it answers is in what memory knows from then on.
    tokens.refresh(redeem.behind(passage).warm, passage.connectionId).then(
      () => {
        doubt.since = asked
        doubt.hasAnswer = true
        doubt.isAsking = false
      },
      () => {
        doubt.hasFailed = true
      },
    )
  }

  return (passage) => {
    if (isOver(passage)) return false
    if (tokens.isCurrent(redeem.behind(passage).warm, passage.connectionId)) {
      doubts.delete(passage)
      return true
    }
    const now = clock.monotonic()
    const doubt = doubts.get(passage) ?? { since: now, isAsking: false, hasAnswer: false, hasFailed: false }
    doubts.set(passage, doubt)
    if (!doubt.isAsking && !(doubt.hasAnswer && now - doubt.since < ASKED_AGAIN)) ask(passage, doubt)
    return !doubt.hasFailed && now - doubt.since < LONGEST_DOUBT
  }
}
