import { actorId, type Caller } from '../actor.ts'
import { type Clock, DAY } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Secret } from '../secret.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { WebhookAttemptRow, WebhookDeliveryRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { listAttempts, listDeliveries, restartDeliveries } from '../store/webhook-deliveries.ts'
import {
  changeWebhook,
  countWebhooks,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  lockWebhook,
  type WebhookChange,
  type WebhookRecord,
} from '../store/webhooks.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import type { Attempt, Attempts } from './attempt.ts'
import type { EventType } from './event-types.ts'
import type { AuditRecorder } from './ports.ts'
import { newSigningSecret } from './sign.ts'
import type { SigningSecrets } from './signing-secrets.ts'
import { createTryOut } from './try-out.ts'
import { workspaceOf } from './viewer.ts'

/** Where a workspace wants to be told. The signing secret is shown when it is made and never again. */
export interface Webhooks {
  create(caller: Caller, input: NewWebhook): Promise<WithSecret>
  list(caller: Caller, page: PageRequest): Promise<Page<WebhookRecord>>
  get(caller: Caller, id: string): Promise<WebhookRecord>
  change(caller: Caller, id: string, input: Partial<NewWebhook>): Promise<WebhookRecord>
  remove(caller: Caller, id: string): Promise<void>
  /** Sends one event that means nothing, now, and says what came of it. */
  test(caller: Caller, id: string): Promise<Attempt>
  /** What has waited begins anew. */
  unpark(caller: Caller, id: string): Promise<WebhookRecord>
  /** For a day both secrets sign. */
  rotateSecret(caller: Caller, id: string): Promise<WithSecret>
  deliveries(
    caller: Caller,
    id: string,
    state: WebhookDeliveryRow['state'] | undefined,
    page: PageRequest,
  ): Promise<Page<Delivery>>
}

export interface NewWebhook {
  url: string
  name?: string | undefined
  /** Null for every type, those to come included. */
  types?: readonly EventType[] | null | undefined
}

export interface WithSecret {
  webhook: WebhookRecord
  secret: Secret
}

export type Delivery = WebhookDeliveryRow & { log: WebhookAttemptRow[] }

export interface WebhooksDeps {
  store: Store
  secrets: SigningSecrets
  record: AuditRecorder
  clock: Clock
  /** Throws when this address may never be called. */
  check: (url: string) => URL
  attempts: Attempts
}

export const MOST_WEBHOOKS = 20
const BOTH_SECRETS = DAY

export function createWebhooks({ store, secrets, record, clock, check, attempts }: WebhooksDeps): Webhooks {
  const tryOut = createTryOut({ store, record, clock, attempts })
  const find = (workspaceId: string, id: string) =>
    store.within({ workspaceId }, (db) => getWebhook(db, workspaceId, id))

  function checkedUrl(text: string): string {
    const url = check(text)
    url.hash = ''
    return url.href
  }

  return {
    create: async (caller, input) => {
      const workspaceId = workspaceOf(caller)
      const url = checkedUrl(input.url)
      const now = clock.now()
      const webhook: WebhookRecord = {
        id: newId('wh'),
        workspace_id: workspaceId,
        name: input.name ?? new URL(url).host,
        url,
        types: input.types ?? null,
        secret_version: now,
        previous_version: null,
        previous_until: null,
        failing_since: null,
        parked_at: null,
        reason: null,
        due_at: null,
        held_until: null,
        lease: null,
        leased_until: null,
        created_by: actorId(caller.actor),
        created_at: now,
      }
      const secret = newSigningSecret()
      await secrets.put(webhook, now, secret)
      try {
        await store.within({ workspaceId }, async (db) => {
          await lockWorkspace(db, workspaceId)
          if ((await countWebhooks(db, workspaceId)) >= MOST_WEBHOOKS) {
            throw new Problem('webhook.too_many', { limit: MOST_WEBHOOKS })
          }
          await createWebhook(db, webhook)
          const detail = { name: webhook.name, host: new URL(url).host, types: webhook.types }
          await record(db, { event: 'webhook.created', workspaceId, caller, subject: webhook.id, detail })
        })
      } catch (error) {
        if (isRefusal(error)) await secrets.forget(webhook)
        throw error
      }
      return { webhook, secret }
    },

    list: async (caller, page) => {
      const workspaceId = workspaceOf(caller)
      return store.within({ workspaceId }, (db) => listWebhooks(db, workspaceId, page))
    },
    get: async (caller, id) => find(workspaceOf(caller), id),

    change: async (caller, id, { url, name, types }) => {
      const workspaceId = workspaceOf(caller)
      const change: WebhookChange = {
        ...(name === undefined ? {} : { name }),
        ...(types === undefined ? {} : { types }),
        // Another receiver has not failed yet.
        ...(url === undefined ? {} : { url: checkedUrl(url), failing_since: null, held_until: null }),
      }
      return store.within({ workspaceId }, async (db) => {
        if (Object.keys(change).length === 0) return getWebhook(db, workspaceId, id)
        const webhook = await changeWebhook(db, workspaceId, id, change)
        const detail = { name: webhook.name, host: new URL(webhook.url).host, types: webhook.types }
        await record(db, { event: 'webhook.changed', workspaceId, caller, subject: id, detail })
        return webhook
      })
    },

    remove: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      await store.within({ workspaceId }, async (db) => {
        const webhook = await lockWebhook(db, workspaceId, id)
        if (!webhook) throw new Problem('webhook.not_found')
        await deleteWebhook(db, workspaceId, id)
        await record(db, { event: 'webhook.deleted', workspaceId, caller, subject: id, detail: { name: webhook.name } })
      })
      await secrets.forget({ workspace_id: workspaceId, id })
    },

    test: async (caller, id) => tryOut(caller, await find(workspaceOf(caller), id)),

    unpark: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      return store.within({ workspaceId }, async (db) => {
        const before = await lockWebhook(db, workspaceId, id)
        if (!before) throw new Problem('webhook.not_found')
        if (before.parked_at === null) return before
        const now = clock.now()
        const waiting = await restartDeliveries(db, workspaceId, id, now)
        const fresh = { parked_at: null, failing_since: null, held_until: null, reason: null }
        const webhook = await changeWebhook(db, workspaceId, id, { ...fresh, due_at: waiting > 0 ? now : null })
        await record(db, { event: 'webhook.unparked', workspaceId, caller, subject: id, detail: { waiting } })
        return webhook
      })
    },

    rotateSecret: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      const before = await find(workspaceId, id)
      const now = clock.now()
      // Not simply the next number: what was put for a rotation that never came to be must not stand in the way of all later ones.
      const version = Math.max(now, before.secret_version + 1)
      const secret = newSigningSecret()
      await secrets.put(before, version, secret)
      try {
        const webhook = await store.within({ workspaceId }, async (db) => {
          const current = await lockWebhook(db, workspaceId, id)
          if (!current) throw new Problem('webhook.not_found')
          if (current.secret_version !== before.secret_version) throw new Problem('webhook.being_changed')
          const changed = await changeWebhook(db, workspaceId, id, {
            secret_version: version,
            previous_version: before.secret_version,
            previous_until: now + BOTH_SECRETS,
          })
          await record(db, { event: 'webhook.secret_rotated', workspaceId, caller, subject: id })
          return changed
        })
        if (before.previous_version !== null) await secrets.drop(before, before.previous_version)
        return { webhook, secret }
      } catch (error) {
        if (isRefusal(error)) await secrets.drop(before, version)
        throw error
      }
    },

    deliveries: async (caller, id, state, page) => {
      const workspaceId = workspaceOf(caller)
      return store.within({ workspaceId }, async (db) => {
        await getWebhook(db, workspaceId, id)
        const found = await listDeliveries(db, workspaceId, id, state, page)
        const rows = await listAttempts(
          db,
          workspaceId,
          id,
          found.items.map(({ event_id }) => event_id),
        )
        const byEvent = Map.groupBy(rows, ({ event_id }) => event_id)
        return { ...found, items: found.items.map((row) => ({ ...row, log: byEvent.get(row.event_id) ?? [] })) }
      })
    },
  }
}

/** Whether nothing was done for certain. Where a commit's answer was lost, the secret may be in use. */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && error.status < 500
}
