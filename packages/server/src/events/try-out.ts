import type { Caller } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Store } from '../store/store.ts'
import { addAttempt, addDelivery } from '../store/webhook-deliveries.ts'
import { lockWebhook, type WebhookRecord } from '../store/webhooks.ts'
import type { Attempt, Attempts } from './attempt.ts'
import type { AuditRecorder } from './ports.ts'

/** Sends an event that means nothing, now and once. It stands in the log and changes nothing about how the webhook stands. */
export function createTryOut(deps: { store: Store; record: AuditRecorder; clock: Clock; attempts: Attempts }) {
  const { store, record, clock, attempts } = deps
  return async (caller: Caller, webhook: WebhookRecord): Promise<Attempt> => {
    const { id, workspace_id: workspaceId } = webhook
    const eventId = newId('evt')
    const created_at = clock.now()
    const type = 'webhook.test'
    const timestamp = new Date(created_at).toISOString()
    const body = JSON.stringify({ id: eventId, type, timestamp, workspaceId, subject: id, data: {} })
    const attempt = await attempts.send(webhook, { id: eventId, body })
    const name = { webhook_id: id, event_id: eventId, workspace_id: workspaceId }
    const isThrough = attempt.error === null
    await store.within({ workspaceId }, async (db) => {
      if (!(await lockWebhook(db, workspaceId, id))) throw new Problem('webhook.not_found')
      await addDelivery(db, {
        ...name,
        type,
        state: isThrough ? 'delivered' : 'failed',
        round: 1,
        attempts: 1,
        next_at: null,
        created_at,
        delivered_at: isThrough ? clock.now() : null,
      })
      const { pause: _, ...outcome } = attempt
      await addAttempt(db, { ...name, number: 1, ...outcome })
      const detail = { status: attempt.status, error: attempt.error }
      await record(db, { event: 'webhook.tested', workspaceId, caller, subject: id, detail })
    })
    return attempt
  }
}
