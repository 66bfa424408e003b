import type { CardeaEvent } from './wire.ts'

/** Headers as any server gives them: a `Headers`, or an object with names in lower case. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined }

export interface VerifyOptions {
  /** How far the sender's clock may be off, and how old a message may be; 300 by default. */
  toleranceSeconds?: number
  /** Milliseconds since 1970, instead of the clock. */
  now?: number
}

/** Why a message is not to be believed. Answer 400, and do nothing of what it says. */
export class WebhookNotVerified extends Error {
  constructor(why: string) {
    super(`the webhook is not verified: ${why}`)
    this.name = 'WebhookNotVerified'
  }
}

const encoder = new TextEncoder()
const PREFIX = 'whsec_'

/**
 * Answers the event, if the message was signed with the secret (Standard Webhooks) a short while ago; throws `WebhookNotVerified`
 * otherwise. Give the body as it came, before anything parsed it. While secrets change give both. The same event can come twice:
 * remember `id`. Needs nothing but WebCrypto.
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  body: string | Uint8Array,
  secret: string | readonly string[],
  { toleranceSeconds = 300, now = Date.now() }: VerifyOptions = {},
): Promise<CardeaEvent> {
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const signatures = headerOf(headers, 'webhook-signature')
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookNotVerified('its timestamp is no number')
  const age = Math.abs(Math.floor(now / 1000) - Number(timestamp))
  if (age > toleranceSeconds) throw new WebhookNotVerified('it is too old, or from the future')

  const bytes = typeof body === 'string' ? encoder.encode(body) : body
  const signed = joined(encoder.encode(`${id}.${timestamp}.`), bytes)
  const given = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .slice(0, 10)
    .map((signature) => fromBase64(signature.slice(3)))
  let isSigned = false
  for (const text of [secret].flat()) {
    const key = await keyOf(text)
    for (const signature of given) {
      // Compared by the platform, without telling by its time how much was right.
      if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed))) isSigned = true
    }
  }
  if (!isSigned) throw new WebhookNotVerified('no signature fits')
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as CardeaEvent
}

function headerOf(headers: WebhookHeaders, name: string): string {
  const value =
    typeof headers.get === 'function' ? headers.get(name) : (headers as Record<string, string | undefined>)[name]
  if (typeof value !== 'string' || value === '') throw new WebhookNotVerified(`the header ${name} is missing`)
  return value
}

async function keyOf(secret: string) {
  const bytes = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : undefined
  if (!bytes || bytes.byteLength === 0) throw new TypeError(`the secret of a webhook begins with ${PREFIX}`)
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.byteLength + tail.byteLength)
  whole.set(head)
  whole.set(tail, head.byteLength)
  return whole
}
