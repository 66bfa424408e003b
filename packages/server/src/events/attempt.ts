import { system } from '../actor.ts'
import { type Clock, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { type Logger, redactText } from '../log.ts'
import type { Answer, Outgoing } from '../net/message.ts'
import { storable } from '../store/audit-records.ts'
import type { Db, Store } from '../store/store.ts'
import { addAttempt, changeDelivery, type DueDelivery, findDelivery } from '../store/webhook-deliveries.ts'
import { changeWebhook, lockWebhook, type WebhookRecord } from '../store/webhooks.ts'
import { seenBy, webhookViewer } from './event-types.ts'
import type { AuditRecorder } from './ports.ts'
import { hold, PARKED_AFTER, RETRIES, retryPause } from './retry.ts'
import { signatureHeaders } from './sign.ts'
import type { SigningSecrets } from './signing-secrets.ts'

/** What came of sending one message once. */
export interface Attempt {
  at: number
  status: number | null
  milliseconds: number
  /** Why it did not get through; null when it did. */
  error: string | null
  answer: string | null
  /** When the receiver asked to be left alone for a while. */
  pause: number
}

export interface Attempts {
  /** Signs and sends. Throws only when it could not be tried: no secret, or stopped from here. */
  send(webhook: WebhookRecord, message: { id: string; body: string }, signal?: AbortSignal): Promise<Attempt>
  /** Sends what is due and writes down what came of it; answers whether it got through. */
  deliver(webhook: WebhookRecord, lease: string, delivery: DueDelivery, signal: AbortSignal): Promise<boolean>
}

export interface AttemptsDeps {
  store: Store
  secrets: SigningSecrets
  record: AuditRecorder
  clock: Clock
  log: Logger
  /** To addresses that others chose: it checks, pins, follows no redirect and cuts long answers. */
  send: (request: Outgoing, options?: { signal?: AbortSignal }) => Promise<Answer>
  random: () => number
}

const SHOWN_OF_ANSWER = 1024

export function createAttempts(deps: AttemptsDeps): Attempts {
  const { store, clock, log } = deps

  async function send(
    webhook: WebhookRecord,
    { id, body }: { id: string; body: string },
    signal?: AbortSignal,
  ): Promise<Attempt> {
    const secrets = await deps.secrets.of(webhook)
    const at = clock.now()
    const began = clock.monotonic()
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Cardea-Webhooks',
      ...signatureHeaders(secrets, { id, at, body }),
    }
    const done = (rest: Pick<Attempt, 'status' | 'error' | 'answer' | 'pause'>): Attempt => ({
      at,
      milliseconds: Math.round(clock.monotonic() - began),
      ...rest,
    })
    try {
      const answer = await deps.send({ method: 'POST', url: webhook.url, headers, body }, signal ? { signal } : {})
      const ok = answer.status >= 200 && answer.status < 300
      return done({
        status: answer.status,
        error: ok ? null : sentenceOf(answer.status),
        answer: shown(answer.body),
        pause: pauseAsked(answer.headers['retry-after'], at),
      })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return done({ status: null, error: String(error.values.why ?? error.message), answer: null, pause: 0 })
    }
  }

  /** One transaction: what happened, what the delivery has become, how the webhook stands. */
  async function settle(db: Db, { webhook, lease, delivery, attempt }: Settling): Promise<'parked' | undefined> {
    const workspaceId = webhook.workspace_id
    const name = { workspaceId, webhookId: webhook.id, eventId: delivery.event_id }
    const current = await lockWebhook(db, workspaceId, webhook.id)
    const row = current && (await findDelivery(db, name))
    if (!current || row?.state !== 'pending') return undefined
    const now = clock.now()
    const attempts = row.attempts + 1
    await addAttempt(db, {
      webhook_id: webhook.id,
      event_id: row.event_id,
      number: attempts,
      workspace_id: workspaceId,
      at: attempt.at,
      status: attempt.status,
      milliseconds: attempt.milliseconds,
      error: attempt.error,
      answer: attempt.answer,
    })
    if (attempt.error === null) {
      await changeDelivery(db, name, { state: 'delivered', attempts, delivered_at: now, next_at: null })
      await changeWebhook(db, workspaceId, webhook.id, { failing_since: null, held_until: null, reason: null })
      return undefined
    }
    // Whoever took over after our lease had run out is at it again: their outcome counts.
    if (current.lease !== lease) {
      await changeDelivery(db, name, { attempts })
      return undefined
    }
    const failingSince = current.failing_since ?? attempt.at
    const isParked = attempt.status === 410 || now - failingSince >= PARKED_AFTER
    const round = row.round + 1
    if (round > RETRIES && !isParked)
      await changeDelivery(db, name, { state: 'failed', round, attempts, next_at: null })
    else {
      const next_at = now + retryPause(row.round, deps.random(), attempt.pause)
      await changeDelivery(db, name, { round, attempts, next_at })
    }
    await changeWebhook(db, workspaceId, webhook.id, {
      failing_since: failingSince,
      reason: attempt.error,
      held_until: now + hold(now - failingSince),
      ...(isParked ? { parked_at: now } : {}),
    })
    if (!isParked) return undefined
    const caller = { actor: system, requestId: newId('req'), ip: '' }
    const detail = { reason: attempt.error, failingSince }
    await deps.record(db, { event: 'webhook.parked', workspaceId, caller, subject: webhook.id, detail })
    return 'parked'
  }

  return {
    send,
    deliver: async (webhook, lease, delivery, signal) => {
      const body = JSON.stringify(seenBy(webhookViewer, delivery.event))
      const attempt = await send(webhook, { id: delivery.event_id, body }, signal)
      const outcome = await store.within({ workspaceId: webhook.workspace_id }, (db) =>
        settle(db, { webhook, lease, delivery, attempt }),
      )
      const { id, workspace_id: workspace } = webhook
      if (outcome === 'parked') {
        log.warn('a webhook is parked: nothing gets through to it', { webhook: id, workspace, reason: attempt.error })
      } else if (attempt.error !== null) {
        log.info('a webhook was not delivered', { webhook: id, workspace, reason: attempt.error })
      }
      return attempt.error === null
    },
  }
}

interface Settling {
  webhook: WebhookRecord
  lease: string
  delivery: DueDelivery
  attempt: Attempt
}

function sentenceOf(status: number): string {
  if (status >= 300 && status < 400) return `it answered ${status}, and redirects are not followed`
  return status === 410 ? 'it answered 410: it is gone' : `it answered ${status}`
}

/** Seconds, or an instant. */
function pauseAsked(retryAfter: string | undefined, now: number): number {
  if (retryAfter === undefined) return 0
  const pause = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * SECOND : Date.parse(retryAfter) - now
  return Number.isFinite(pause) ? Math.max(0, pause) : 0
}

const SECRET_FIELD =
  /"([\w-]*(?:token|secret|password|passphrase|key|authorization|cookie|credential)[\w-]*)"\s*:\s*"[^"]*"?/gi

/** How the answer begins: a receiver that echoes what it knows must not fill our log with it. */
function shown(body: string): string {
  const clean = redactText(body.replace(SECRET_FIELD, '"$1":"[redacted]"'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return storable(clean.replace(/[\u0001-\u0008\u000b-\u001f\u007f]/g, '\ufffd').slice(0, SHOWN_OF_ANSWER))
}
