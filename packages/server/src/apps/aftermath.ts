import type { Caller } from '../actor.ts'
import { changeOauthApp, getOauthApp, lockOauthApps, type OauthAppRecord } from '../store/oauth-apps.ts'
import type { Db } from '../store/store.ts'
import type { Keep } from './keep.ts'
import type { AppsDeps, MustReconnect } from './ports.ts'
import { factsOf, isOfDeployment } from './realm.ts'

/** What the end of an app, or of the client it was, does to the connections that it minted. */
export interface Aftermath {
  /** Who will have to connect again. Of an app of the deployment, how many and in how many workspaces: an operator is no member of them. */
  foreseen(caller: Caller, app: OauthAppRecord): Promise<MustReconnect>
  /** In the transaction of the change, for an app of the workspace. */
  endHere(db: Db, caller: Caller, app: OauthAppRecord, why: Why): Promise<number>
  /** After it, for an app of the deployment: a workspace at a time. What is left by a crash ends when it is next renewed. */
  endElsewhere(caller: Caller, app: OauthAppRecord, why: Why): Promise<void>
  /** Secrets that the row does not name any more. What cannot be destroyed now goes with the next change, or with the app. */
  forgetBefore(app: OauthAppRecord, from: number): Promise<void>
  remove(caller: Caller, workspaceId: string, id: string): Promise<void>
}

type Why = 'app_replaced' | 'app_removed'

export function createAftermath({ store, clock, log, audit, dependants }: AppsDeps, keep: Keep): Aftermath {
  const endHere: Aftermath['endHere'] = async (db, caller, app, why) =>
    isOfDeployment(app) ? 0 : dependants.end(db, app.workspace_id, app.id, { caller, why })

  const endElsewhere: Aftermath['endElsewhere'] = async (caller, app, why) => {
    if (!isOfDeployment(app)) return
    for (const { workspaceId } of await store.sweep((db) => dependants.byWorkspace(db, app.id))) {
      await store.within({ workspaceId }, (db) => dependants.end(db, workspaceId, app.id, { caller, why }))
    }
  }

  return {
    endHere,
    endElsewhere,

    foreseen: async (caller, app) => {
      if (!isOfDeployment(app)) {
        const { workspace_id: workspaceId, id } = app
        return store.within({ workspaceId }, (db) => dependants.list(db, caller, workspaceId, id))
      }
      const found = await store.sweep((db) => dependants.byWorkspace(db, app.id))
      const count = found.reduce((total, { connections }) => total + connections, 0)
      return { count, connections: [], workspaces: found.length }
    },

    forgetBefore: async (app, from) => {
      try {
        await keep.drop(app, from, app.secret_version)
      } catch (error) {
        log.warn('the secret of an app that was replaced could not be destroyed yet', { app: app.id, error })
      }
    },

    remove: async (caller, workspaceId, id) => {
      const app = await store.within({ workspaceId }, async (db) => {
        await lockOauthApps(db, workspaceId)
        const found = await getOauthApp(db, workspaceId, id)
        const now = clock.now()
        await changeOauthApp(db, found, { deleted_at: now, updated_at: now, is_default: false })
        const ended = await endHere(db, caller, found, 'app_removed')
        const detail = { ...factsOf(found), ended }
        await audit.record(db, { event: 'oauth_app.deleted', workspaceId, caller, subject: id, detail })
        return found
      })
      await endElsewhere(caller, app, 'app_removed')
      try {
        await keep.dropAll(app)
      } catch (error) {
        log.warn('the secret of an app could not be destroyed yet', { app: id, error })
      }
    },
  }
}
