import { system } from '../actor.ts'
import { HOUR } from '../clock.ts'
import { newId } from '../ids.ts'
import { redactText } from '../log.ts'
import { changeOauthApp, lockOauthApp, type OauthAppRecord } from '../store/oauth-apps.ts'
import type { Choosing } from './choose.ts'
import type { AppsDeps } from './ports.ts'
import { isOfDeployment } from './realm.ts'

/** What a service says against an app itself: its administrators' matter, and never the members'. */
export interface Troubles {
  refused(workspaceId: string, appId: string, why: { error: string; description?: string }): Promise<void>
  accepted(workspaceId: string, appId: string): Promise<void>
}

const TOLD_AGAIN_AFTER = HOUR
/** A service that finds new words with every refusal fills nobody's inbox. */
const MOST_WORDS = 10

export function createTroubles(
  { store, clock, log, audit, events }: AppsDeps,
  { located }: Pick<Choosing, 'located'>,
): Troubles {
  const caller = () => ({ actor: system, requestId: newId('req'), ip: '' })

  return {
    refused: async (workspaceId, appId, why) => {
      const found = await located(workspaceId, appId)
      if (!found) return
      const trouble = tidy(why)
      const { workspace_id: home } = found
      const told = await store.within({ workspaceId: home }, async (db) => {
        const app = await lockOauthApp(db, home, appId)
        if (!app) return undefined
        const now = clock.now()
        const recent = Object.entries(app.told).filter(([, at]) => now - at < TOLD_AGAIN_AFTER)
        const isNews = !recent.some(([word]) => word === trouble.error) && recent.length < MOST_WORDS
        if (!isNews && app.trouble?.error === trouble.error) return undefined
        const after = await changeOauthApp(db, app, {
          trouble,
          trouble_at: now,
          told: Object.fromEntries(isNews ? [...recent, [trouble.error, now]] : recent),
        })
        if (!isNews) return undefined
        const detail = { provider: app.provider, name: app.name, ...trouble }
        if (!isOfDeployment(app)) {
          const event = { workspaceId: home, type: 'oauth_app.refused' as const, subject: appId }
          await events.emit(db, { ...event, audience: ADMINISTRATORS, data: { appId, ...detail } })
        }
        await audit.record(db, {
          event: 'oauth_app.refused',
          workspaceId: home,
          caller: caller(),
          subject: appId,
          detail,
        })
        return after
      })
      if (told) warn(told)
    },

    accepted: async (workspaceId, appId) => {
      const app = await located(workspaceId, appId)
      if (!app || app.trouble === null) return
      await store.within({ workspaceId: app.workspace_id }, async (db) => {
        const current = await lockOauthApp(db, app.workspace_id, appId)
        // When they were told is kept: a service that refuses and accepts by turns is told of once.
        if (current) await changeOauthApp(db, current, { trouble: null, trouble_at: null })
      })
    },
  }

  function warn({ id, provider, name, trouble }: OauthAppRecord): void {
    log.warn('a service refuses an OAuth app', { app: id, provider, name, ...trouble })
  }
}

/** Nobody's id: only whoever may see all of a workspace's events is shown it. */
const ADMINISTRATORS = 'administrators'

/** The words of a stranger. */
function tidy({ error, description }: { error: string; description?: string }): {
  error: string
  description?: string
} {
  const plain = (text: string, limit: number) =>
    [...redactText(text).replaceAll(/[\s\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ')].slice(0, limit).join('').trim()
  const said = description === undefined ? '' : plain(description, 300)
  return { error: plain(error, 60) || 'unknown', ...(said ? { description: said } : {}) }
}
