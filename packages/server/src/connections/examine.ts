import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { choicesFrom, learnFrom, lookupHeaders, lookupsOf } from '../oauth/oauth.ts'
import type { Target } from '../target/target.ts'
import { type Checked, type Checks, hasCheck } from './check.ts'
import { ofFailure } from './outcome.ts'
import { kindOf, type Prepared, partyOf, prepare } from './prepared.ts'

/**
 * Everything that is found out about a credential when it is entered, and again at every check: what can be read off it, what only the
 * service can tell, whether it is accepted, and whose it is.
 */
export interface Examined extends Checked {
  /** All that is learned, what was known before included. */
  learned: Record<string, string>
}

export interface ExamineDeps {
  target: Target
  checks: Checks
}

export interface Supply {
  /** What the stored credential buys; undefined where it is the credential itself. */
  obtain?: (prepared: Prepared) => Promise<{ secrets: Secrets; told?: unknown; claims?: unknown }>
  /** Which of several places the person meant. */
  choice?: string | undefined
}

export type Examine = (prepared: Prepared, supply: Supply) => Promise<Examined>

export function createExamine({ target, checks }: ExamineDeps): Examine {
  const withLearned = (prepared: Prepared, more: Record<string, string>): Prepared =>
    prepare(target, prepared.service, prepared.method, { ...prepared, learned: { ...prepared.learned, ...more } })

  /** Look-ups whose values are not known yet, in the order of the definition. */
  async function lookedUp(
    given: Prepared,
    secrets: Secrets,
    anonymous: boolean,
    { choice, claims }: { choice?: string | undefined; claims?: unknown } = {},
  ): Promise<Prepared> {
    let prepared = given
    for (const asked of lookupsOf(given.method)) {
      const unknown = asked.names.some((name) => !prepared.learned[name])
      if (!unknown || (asked.lookup.anonymous === true) !== anonymous) continue
      const party = { ...partyOf(prepared), secrets }
      const plain = asked.lookup.headers?.authorization !== undefined
      const headers = lookupHeaders(asked, party)
      const call = {
        method: 'GET',
        to: asked.lookup.get,
        headers,
        ...(anonymous ? { anonymous } : {}),
        ...(plain ? { plain } : {}),
      }
      const answer = await checks.ask(prepared, secrets, call)
      if (answer.status === 401) throw new Problem('oauth.grant_dead', { error: '401' })
      if (answer.status === 429 || answer.status >= 500)
        throw new Problem('oauth.unavailable', { error: String(answer.status) })
      const choices = choicesFrom(prepared.service, prepared.method, asked, answer.json, claims)
      const chosen = choices.length > 1 ? choices.find(({ label }) => label === choice) : choices[0]
      if (!chosen && choices.length > 1) {
        throw new Problem('connection.choice_needed', { choices: choices.map(({ label }) => label).slice(0, 100) })
      }
      if (chosen) prepared = withLearned(prepared, chosen.values)
    }
    return prepared
  }

  return async (given, { obtain, choice }) => {
    let prepared = given
    try {
      prepared = withLearned(prepared, learnFrom(given.service, given.method, {}, given.secrets))
      prepared = await lookedUp(prepared, {}, true)
      const bought = obtain && kindOf(given.method) !== 'entered' ? await obtain(prepared) : undefined
      const secrets = { ...prepared.secrets, ...bought?.secrets }
      const claims = bought?.claims
      if (bought?.told !== undefined) {
        const told = { token: bought.told, ...(claims === undefined ? {} : { claims }) }
        prepared = withLearned(prepared, learnFrom(given.service, given.method, told, given.secrets))
      }
      prepared = await lookedUp(prepared, secrets, false, { choice, claims })
      const checked = await checks.check(prepared, bought?.secrets ?? {}, bought?.told, claims)
      // Whoever sells tokens for it has accepted it, even where there is nothing else to try.
      const sold =
        bought && kindOf(given.method) === 'obtained' && given.method.obtain.by !== 'jwt' && !hasCheck(prepared)
      const outcome = sold ? { from: 'check' as const, is: 'accepted' as const } : checked.outcome
      return { ...checked, outcome, learned: { ...prepared.learned } as Record<string, string> }
    } catch (error) {
      const plain = ofFailure(error, kindOf(given.method) !== 'granted')
      if (!plain) throw error
      return {
        outcome: { from: 'check', ...plain },
        learned: { ...prepared.learned } as Record<string, string>,
        ...(error instanceof Problem ? { problem: error } : {}),
      }
    }
  }
}
