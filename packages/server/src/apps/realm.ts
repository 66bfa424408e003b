import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { KnownService, Services } from '../services/services.ts'
import type { OauthAppRecord } from '../store/oauth-apps.ts'
import { DEPLOYMENT } from '../store/schema.ts'

/** Whose apps: those of one workspace, or of the whole deployment, under its own name. */
export function workspaceOf({ actor }: Caller): string {
  if (!('workspaceId' in actor) || !actor.workspaceId) throw new Problem('auth.which_workspace')
  return actor.workspaceId
}

/** The deployment registers for what every workspace sees: built in, or in the operator's folder. */
export function serviceFor(services: Pick<Services, 'get'>, workspaceId: string, id: string): Promise<KnownService> {
  return services.get(workspaceId === DEPLOYMENT ? undefined : workspaceId, id)
}

export function isOfDeployment({ workspace_id }: Pick<OauthAppRecord, 'workspace_id'>): boolean {
  return workspace_id === DEPLOYMENT
}

/** What a record of the audit trail says about an app beside its id. */
export function factsOf(app: OauthAppRecord): Record<string, unknown> {
  const { provider, name, methods, source, client_id: clientId } = app
  return { provider, name, methods, source, clientId }
}
