import { Problem } from '../../errors.ts'
import { learnFrom, type Obtained } from '../../oauth/oauth.ts'
import type { ConnectionRow, OauthFlowRow } from '../../store/schema.ts'
import type { Examined } from '../examine.ts'
import type { House } from '../house.ts'
import { type Prepared, prepare, textsOf } from '../prepared.ts'
import type { Standing } from './parties.ts'
import type { Kept } from './sealed.ts'

/** What is found out with a token that was just given: whose it is, which place it is for, whether the API takes it. */
export type Look = (
  flow: Pick<OauthFlowRow, 'settings'>,
  of: Standing,
  kept: Kept & { obtained: Obtained },
  how: { choice?: string | undefined; before?: ConnectionRow | undefined },
) => Promise<{ found: Examined; prepared: Prepared }>

export function createLook({ target, examine }: Pick<House, 'target' | 'examine'>): Look {
  return async (flow, { service, method, ofApp }, kept, { choice, before }) => {
    const { obtained } = kept
    const told = { token: obtained.told, ...(obtained.claims ? { claims: obtained.claims } : {}) }
    const learned = { ...kept.learned, ...learnFrom(service, method, told, kept.fields) }
    const settings = textsOf(flow.settings)
    const look = async (known: Record<string, string>) => {
      const prepared = prepare(target, service, method, { settings, learned: known, secrets: kept.fields })
      const obtain = async () => ({
        secrets: { ...ofApp, ...obtained.secrets },
        told: obtained.told,
        ...(obtained.claims ? { claims: obtained.claims } : {}),
      })
      return { prepared, found: await examine(prepared, { obtain, choice }) }
    }
    // Whoever authorizes anew means the place that was chosen then, if the account still reaches it.
    const chosen = before && choice === undefined ? lookedUpBefore(method, before) : {}
    if (Object.keys(chosen).length === 0) return look(learned)
    const same = await look({ ...chosen, ...learned })
    return same.found.account ? same : look(learned)
  }
}

function lookedUpBefore({ learn = {} }: Standing['method'], before: ConnectionRow): Record<string, string> {
  const known = textsOf(before.learned)
  return Object.fromEntries(
    Object.entries(known).filter(([name]) => Object.hasOwn(learn, name) && typeof learn[name]!.from === 'object'),
  )
}

/** Nothing is connected that could not be used, or of which nobody could say where it leads. */
export function refuseUseless({ outcome, problem }: Examined): void {
  if (outcome.is === 'rejected' || outcome.is === 'ended') throw new Problem('flow.token_refused')
  if (outcome.is !== 'trouble' || !problem) return
  if (problem.code === 'service.value_not_learned') throw new Problem('flow.account_unread')
  if (outcome.trouble === 'cannot_be_sent' || outcome.trouble === 'address_not_allowed') throw problem
}
