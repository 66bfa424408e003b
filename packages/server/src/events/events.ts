import type { CardeaEvent } from '@cardea/sdk'
import type { Actor, Caller } from '../actor.ts'
import { type Clock, DAY } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Answer, Outgoing } from '../net/message.ts'
import { addEvent, deleteOldEvents, type EventFilter, findEvent, listEvents } from '../store/events.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Signals } from '../store/signals.ts'
import type { Db, Store } from '../store/store.ts'
import { addDelivery, deleteOldDeliveries, replayEvents } from '../store/webhook-deliveries.ts'
import { changeWebhook, listOutlivedSecrets, lockWebhook, wakeWebhook, wakeWebhooks } from '../store/webhooks.ts'
import { type Attempts, createAttempts } from './attempt.ts'
import { type ConnectionEventData, type EventType, type OauthAppEventData, seenBy } from './event-types.ts'
import type { AuditRecorder, SecretKeeper } from './ports.ts'
import { createSigningSecrets } from './signing-secrets.ts'
import { createStreams } from './stream.ts'
import { sightOf, viewerOf, workspaceOf } from './viewer.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

export type { Attempt, Attempts } from './attempt.ts'
export {
  type ConnectionEventData,
  type EventType,
  eventTypeNames,
  eventTypes,
  type OauthAppEventData,
} from './event-types.ts'
export type { Delivery, NewWebhook, Webhooks, WithSecret } from './webhooks.ts'

/**
 * Tells other systems what happened. Promises: an event and the change it tells of are committed together; each webhook that wants
 * it is told at least once, signed, or says that it could not be; a stream that comes back misses nothing. Refuses to show a private
 * connection's events: its owner sees them whole, administrators and webhooks only that it exists and how it stands.
 */
export interface Events {
  /** In the transaction of the change, before its audit record. Never call anything slow after it: it holds the workspace's order. */
  emit(db: Db, event: NewEvent): Promise<void>
  /** In the order in which they happened. */
  list(caller: Caller, filter: EventFilter, page: PageRequest): Promise<Page<CardeaEvent>>
  /** Server-sent events, from behind `after` or from now on. `again` asks once more who the caller is. */
  stream(caller: Caller, options: FollowOptions): AsyncIterableIterator<string>
  /** Sends again to one webhook; answers how many. */
  replay(caller: Caller, what: Replay): Promise<{ events: number }>
  webhooks: Webhooks
  /** For the loop that delivers. */
  attempts: Attempts
  /** Removes what is older than is kept, and secrets that are no longer valid. */
  prune(): Promise<void>
  /** So that a server that stops need not wait for its streams. */
  endStreams(): void
  close(): void
}

export interface NewEvent {
  workspaceId: string
  type: EventType
  /** The id of what it happened to. */
  subject: string
  /** The owner of a private connection; 'workspace' for one that is shared. */
  audience: 'workspace' | (string & {})
  data: ConnectionEventData | OauthAppEventData
}

export interface FollowOptions {
  after?: string | undefined
  types?: readonly EventType[] | undefined
  again(): Promise<Actor | undefined>
}

export interface Replay {
  webhookId: string
  eventId?: string | undefined
  since?: number | undefined
}

export interface EventsDeps {
  store: Store
  signals: Signals
  vault: SecretKeeper
  clock: Clock
  log: Logger
  record: AuditRecorder
  /** Who may see that somebody's private connection exists. */
  administers: (actor: Actor) => boolean
  /** Throws when this address may never be called … */
  check: (url: string) => URL
  /** … and sends to those that may. */
  send: (request: Outgoing, options?: { signal?: AbortSignal }) => Promise<Answer>
  keptDays: number
  random?: () => number
}

const PRUNED_AT_ONCE = 1000

export function createEvents(deps: EventsDeps): Events {
  const { store, signals, vault, clock, log, record, administers } = deps
  const secrets = createSigningSecrets({ vault, clock, log })
  const attempts = createAttempts({ ...deps, secrets, random: deps.random ?? Math.random })
  const streams = createStreams({ store, signals, clock, log })

  return {
    emit: async (db, { workspaceId, type, subject, audience, data }) => {
      const id = newId('evt')
      const at = clock.now()
      await addEvent(db, { id, workspace_id: workspaceId, type, subject, audience, at, data: { ...data } })
      for (const webhookId of await wakeWebhooks(db, workspaceId, type, at)) {
        await addDelivery(db, {
          webhook_id: webhookId,
          event_id: id,
          workspace_id: workspaceId,
          type,
          state: 'pending',
          round: 0,
          attempts: 0,
          next_at: at,
          created_at: at,
          delivered_at: null,
        })
      }
      await signals.send(db, 'cardea_events', workspaceId)
    },

    list: async (caller, filter, page) => {
      const workspaceId = workspaceOf(caller)
      const viewer = viewerOf(caller.actor, administers)
      const found = await store.within({ workspaceId }, (db) =>
        listEvents(db, workspaceId, sightOf(viewer), filter, page),
      )
      return { ...found, items: found.items.flatMap((event) => seenBy(viewer, event) ?? []) }
    },

    stream: (caller, { after, types, again }) => {
      const workspaceId = workspaceOf(caller)
      const viewer = async () => {
        const actor = await again()
        const isHere = actor && 'workspaceId' in actor && actor.workspaceId === workspaceId
        return isHere ? viewerOf(actor, administers) : undefined
      }
      return streams.open({ workspaceId, after, types, viewer })
    },

    replay: async (caller, { webhookId, eventId, since }) => {
      const workspaceId = workspaceOf(caller)
      return store.within({ workspaceId }, async (db) => {
        const webhook = await lockWebhook(db, workspaceId, webhookId)
        if (!webhook) throw new Problem('webhook.not_found')
        if (eventId !== undefined && !(await findEvent(db, workspaceId, eventId))) throw new Problem('event.not_kept')
        const now = clock.now()
        // One event that is asked for by name is sent whatever its type.
        const types = eventId === undefined ? (webhook.types ?? undefined) : undefined
        const events = await replayEvents(db, { workspaceId, webhookId }, { id: eventId, since, types }, now)
        if (events > 0) await wakeWebhook(db, workspaceId, webhookId, now)
        const detail = { events, event: eventId ?? null, since: since ?? null }
        await record(db, { event: 'event.replayed', workspaceId, caller, subject: webhookId, detail })
        await signals.send(db, 'cardea_events', workspaceId)
        return { events }
      })
    },

    webhooks: createWebhooks({ store, secrets, record, clock, check: deps.check, attempts }),
    attempts,

    prune: async () => {
      const before = clock.now() - deps.keptDays * DAY
      // Deliveries first: one whose event is gone could never be sent.
      while ((await store.sweep((db) => deleteOldDeliveries(db, before, PRUNED_AT_ONCE))) === PRUNED_AT_ONCE) {}
      while ((await store.sweep((db) => deleteOldEvents(db, before, PRUNED_AT_ONCE))) === PRUNED_AT_ONCE) {}
      const now = clock.now()
      for (const webhook of await store.sweep((db) => listOutlivedSecrets(db, now, PRUNED_AT_ONCE))) {
        const { workspace_id: workspaceId, id, previous_version: version } = webhook
        if (version !== null) await secrets.drop(webhook, version)
        await store.within({ workspaceId }, async (db) => {
          const current = await lockWebhook(db, workspaceId, id)
          if (current?.previous_version !== version) return
          await changeWebhook(db, workspaceId, id, { previous_version: null, previous_until: null })
        })
      }
    },

    endStreams: () => streams.end(),
    close: () => streams.close(),
  }
}
