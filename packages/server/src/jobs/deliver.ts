import { type Clock, MINUTE, SECOND } from '../clock.ts'
import type { Attempts } from '../events/events.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Signals } from '../store/signals.ts'
import type { Store } from '../store/store.ts'
import { findNextDue, listDueDeliveries } from '../store/webhook-deliveries.ts'
import { changeWebhook, claimWebhooks, lockWebhook, renewLease, type WebhookRecord } from '../store/webhooks.ts'

/**
 * Sends to webhooks what they wait for. Several servers share the work: a webhook is leased by one at a time, and a lease that a
 * killed server leaves runs out. A webhook that is slow or down takes one of many places, sends little, and is left alone for longer
 * and longer; the others do not notice.
 */
export interface Deliver {
  /** Stops what is under way: it was not delivered, and will be. */
  close(): Promise<void>
}

export interface DeliverDeps {
  store: Store
  signals: Signals
  clock: Clock
  log: Logger
  attempts: Attempts
}

/** Webhooks that one server sends to at the same time. */
const PLACES = 64
/** Messages on the way to one webhook at the same time: one while it fails. */
const AT_ONCE = 4
/** Longer than any attempt may take. */
const LEASE = MINUTE
/** After that another webhook has its turn. */
const TURN = 10 * SECOND
const PAUSE_AFTER_FAULT = 10 * SECOND

export function createDeliver({ store, signals, clock, log, attempts }: DeliverDeps): Deliver {
  const places = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  let claiming: Promise<void> | undefined
  let again = false
  let hasComplained = false

  async function claim(): Promise<void> {
    const limit = PLACES - places.size
    if (limit <= 0) return
    const lease = newId('lease')
    const now = clock.now()
    const webhooks = await store.sweep((db) => claimWebhooks(db, { now, until: now + LEASE, lease, limit }))
    for (const webhook of webhooks) {
      const place = serve(webhook, lease)
        .catch((error: unknown) => {
          log.warn('could not send to a webhook', { webhook: webhook.id, error })
          return false
        })
        .then((isDue) => {
          places.delete(webhook.id)
          if (isDue || places.size === PLACES - 1) look()
        })
      places.set(webhook.id, place)
    }
  }

  /** Once, however often it fails: it is tried every second. */
  function complain(error: unknown): void {
    if (error !== undefined && !hasComplained) log.warn('could not look for webhooks with something to send', { error })
    hasComplained = error !== undefined
  }

  /** One claim at a time; what is asked meanwhile is done after it. */
  function look(): void {
    again = true
    claiming ??= (async () => {
      while (again && !stopping.signal.aborted) {
        again = false
        await claim().then(() => complain(undefined), complain)
      }
    })().finally(() => {
      claiming = undefined
    })
  }

  /** Answers whether more is due already. */
  async function serve(webhook: WebhookRecord, lease: string): Promise<boolean> {
    const began = clock.monotonic()
    let goesOn = true
    try {
      while (goesOn && !stopping.signal.aborted) {
        goesOn = (await sendBatch(webhook, lease)) && clock.monotonic() - began < TURN
      }
      return await release(webhook, lease)
    } catch (error) {
      // Ours to mend, not the receiver's: nothing counts against it, but it is not tried again at once.
      await release(webhook, lease, clock.now() + PAUSE_AFTER_FAULT)
      throw error
    }
  }

  /** Answers whether all got through and there may be more. */
  async function sendBatch(webhook: WebhookRecord, lease: string): Promise<boolean> {
    const { workspace_id: workspaceId, id, failing_since } = webhook
    const due = await store.within({ workspaceId }, async (db) => {
      const now = clock.now()
      if (!(await renewLease(db, workspaceId, id, lease, now + LEASE))) return []
      return listDueDeliveries(db, workspaceId, id, now, failing_since === null ? AT_ONCE : 1)
    })
    const outcomes = await Promise.allSettled(
      due.map((delivery) => attempts.deliver(webhook, lease, delivery, stopping.signal)),
    )
    const fault = outcomes.find((outcome) => outcome.status === 'rejected')
    if (fault && !stopping.signal.aborted) throw fault.reason
    const isWell = outcomes.length > 0 && outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value)
    if (isWell) webhook.failing_since = null
    return isWell
  }

  async function release(
    { workspace_id: workspaceId, id }: WebhookRecord,
    lease: string,
    heldUntil?: number,
  ): Promise<boolean> {
    return store.within({ workspaceId }, async (db) => {
      const current = await lockWebhook(db, workspaceId, id)
      if (current?.lease !== lease) return false
      // After the lock: an event that comes now waits for it, and marks the webhook as due again.
      const due_at = await findNextDue(db, workspaceId, id)
      await changeWebhook(db, workspaceId, id, {
        due_at,
        lease: null,
        leased_until: null,
        ...(heldUntil === undefined ? {} : { held_until: heldUntil }),
      })
      return due_at !== null && due_at <= clock.now()
    })
  }

  const stopHearing = signals.subscribe('cardea_events', look)
  const stopTicking = clock.every(SECOND, look)
  look()

  return {
    close: async () => {
      stopTicking()
      stopHearing()
      stopping.abort()
      await claiming
      await Promise.all(places.values())
    },
  }
}
