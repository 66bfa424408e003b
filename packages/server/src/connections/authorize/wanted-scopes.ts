import type { Method } from '@cardea/catalog'
import { Problem } from '../../errors.ts'
import { missingScopes } from '../../oauth/oauth.ts'
import type { ConnectionRow } from '../../store/schema.ts'
import type { App } from '../ports.ts'

export interface WantedScopes {
  /** Undefined where nothing is known of scopes. */
  asked: string[] | undefined
  /** What of it a connection that stands does not have yet. */
  added: string[]
}

/** The few that the method asks for, those of the app, and what was asked for besides; what was granted before is not lost. */
export function scopesFor({
  method,
  methodName,
  through,
  found,
  connection,
  wanted = [],
}: {
  method: Method
  methodName: string
  through: Pick<App, 'extraScopes'> | undefined
  /** Named by the server itself. */
  found: readonly string[]
  connection: Pick<ConnectionRow, 'scopes'> | undefined
  wanted?: readonly string[] | undefined
}): WantedScopes {
  const { ask, offer = {} } = method.scopes ?? { ask: undefined }
  const usual = ask ? Object.keys(ask) : found
  const extra = through?.extraScopes ?? []
  const known = new Set([...usual, ...Object.keys(offer), ...extra, ...found])
  const stranger = wanted.find((scope) => !known.has(scope))
  if (stranger !== undefined) {
    throw new Problem('flow.scope_not_offered', { method: methodName, scope: stranger.slice(0, 200) })
  }
  const held = connection?.scopes == null ? undefined : (JSON.parse(connection.scopes) as string[])
  // A service names more than can be asked for: what a scope brings with it, or its older spelling.
  const before = (held ?? []).filter((scope) => known.has(scope))
  const asked = [...new Set([...usual, ...extra, ...before, ...wanted])]
  if (asked.length === 0 && !method.scopes) return { asked: undefined, added: [] }
  return { asked, added: connection ? (held ? missingScopes(method, asked, held) : [...wanted]) : [] }
}
