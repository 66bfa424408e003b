import type { CardeaEvent } from '@cardea/sdk'
import type { EventRecord } from '../store/events.ts'

/** What a connection event tells. The account, the label and all that is not named below stay with those whom it concerns. */
export interface ConnectionEventData {
  connectionId: string
  provider: string
  owner: string
  visibility: 'private' | 'workspace'
  status: string
  health: string
  reason: string | null
  name: string
  account: string | null
  /** Where its owner can mend it. */
  reauthorizeUrl?: string
  /** What became of the grant at the service. */
  revocation?: string
}

/** What a service said against an OAuth app of the workspace. */
export interface OauthAppEventData {
  appId: string
  provider: string
  name: string
  /** The service's own word, such as `invalid_client`. */
  error: string
  description?: string
}

/** Which fields of a private connection an administrator sees: that it exists, whose it is, and how it stands. */
const PRESENCE = ['connectionId', 'provider', 'owner', 'visibility', 'status', 'health', 'reason'] as const

interface EventKind {
  /** What happened, for the reference. */
  means: string
  /** The fields that are shown of somebody's own event to whoever administers the workspace. Others are left out. */
  presence: readonly string[]
}

/** Everything that other systems are told, `noun.past_tense`. */
export const eventTypes = {
  'connection.created': { means: 'A connection was made.', presence: PRESENCE },
  'connection.needs_reauth': { means: 'A connection needs its owner to sign in again.', presence: PRESENCE },
  'connection.recovered': { means: 'A connection that was broken works again.', presence: PRESENCE },
  'connection.paused': { means: 'A connection was paused.', presence: PRESENCE },
  'connection.resumed': { means: 'A paused connection is in use again.', presence: PRESENCE },
  'connection.deleted': { means: 'A connection was deleted.', presence: PRESENCE },
  'connection.revocation_finished': {
    means:
      'It is settled what became of the grant of a connection at its service: ended, to be ended by hand, or left to others.',
    presence: [...PRESENCE, 'revocation'],
  },
  'connection.credential_replaced': { means: 'The credential of a connection was replaced.', presence: PRESENCE },
  'oauth_app.refused': {
    means: 'A service refuses an OAuth app of the workspace. For administrators and webhooks only.',
    presence: ['appId', 'provider', 'name', 'error', 'description'],
  },
} as const satisfies Record<string, EventKind>

export type EventType = keyof typeof eventTypes
export const eventTypeNames = Object.keys(eventTypes) as [EventType, ...EventType[]]

/** Who looks at events: by the id under which they own connections, and whether they administer the workspace. */
export interface Viewer {
  id?: string
  administers: boolean
}

/** Webhooks belong to the workspace: they are told what an administrator may know. */
export const webhookViewer: Viewer = { administers: true }

/** The event as this viewer may see it; undefined when it is not for them. */
export function seenBy(viewer: Viewer, event: EventRecord): CardeaEvent | undefined {
  const isWhole = event.audience === 'workspace' || (viewer.id !== undefined && event.audience === viewer.id)
  if (!isWhole && !viewer.administers) return undefined
  const presence = (eventTypes as Record<string, EventKind>)[event.type]?.presence ?? []
  const data = isWhole
    ? event.data
    : Object.fromEntries(Object.entries(event.data).filter(([name]) => presence.includes(name)))
  return {
    id: event.id,
    type: event.type,
    timestamp: new Date(event.at).toISOString(),
    workspaceId: event.workspace_id,
    subject: event.subject,
    data,
  }
}
