import { newId } from '../../ids.ts'
import type { Obtained } from '../../oauth/oauth.ts'
import type { OauthFlowRow } from '../../store/schema.ts'
import type { House } from '../house.ts'
import { resultOf } from './flow-result.ts'
import type { Kept } from './sealed.ts'

/** What a service gave and nobody keeps is ended there. Of one that is authorized anew it may be the grant that it lives by: that stays. */
export type LetGo = (flow: OauthFlowRow, kept: Kept & { obtained: Obtained }) => Promise<void>

export function createLetGo({ revocations, log }: Pick<House, 'revocations' | 'log'>): LetGo {
  return async (flow, { fields, learned, obtained }) => {
    if (flow.purpose === 'reauthorize') return
    const { account } = resultOf(flow)
    const { workspace_id, provider, definition_version, method, app_id, settings } = flow
    const of = {
      id: newId('conn'),
      workspace_id,
      provider,
      definition_version,
      method,
      app_id,
      settings,
      learned: JSON.stringify(learned ?? {}),
      base: null,
      account_id: account?.id ?? null,
      account_label: account?.label ?? null,
      account_team: account?.team ?? null,
    }
    const end = typeof obtained.life === 'object' ? obtained.life.expiresAt : undefined
    try {
      await revocations.unkept(of, { ...fields, ...obtained.secrets }, end)
    } catch (error) {
      // Nothing here can use it; what is left of it at the service, its own pages end.
      log.warn('what a service granted and nobody keeps could not be put down to be ended', { flow: flow.id, error })
    }
  }
}
