import { createHmac, randomBytes } from 'node:crypto'
import { Secret } from '../secret.ts'

/** Signatures of Standard Webhooks: HMAC-SHA-256 over id, second and body, under a secret that both sides know. */
const PREFIX = 'whsec_'

export function newSigningSecret(): Secret {
  return Secret.of(`${PREFIX}${randomBytes(32).toString('base64')}`)
}

export interface SignedMessage {
  id: string
  /** An instant; sent as whole seconds. */
  at: number
  body: string
}

/** With several secrets several signatures: a receiver that knows any one of them accepts the message. */
export function signatureHeaders(secrets: readonly Secret[], { id, at, body }: SignedMessage): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
