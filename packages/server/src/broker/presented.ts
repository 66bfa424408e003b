import { hash } from 'node:crypto'
import type { Secret } from '../secret.ts'

/** A broker token as somebody shows it, turned into what may be looked up. What does not look like one costs no query. */
const PREFIX = Buffer.from('cardea_broker_')
const LENGTH = PREFIX.byteLength + 43

/** By how it begins: which of its kinds a token of Cardea is. Any other is a bearer token of somebody else's making. */
export function kindOfToken(token: Secret): 'broker' | 'key' | 'bearer' {
  const text = token.revealBytes().toString('latin1', 0, PREFIX.byteLength)
  if (text.startsWith('cardea_broker_')) return 'broker'
  return text.startsWith('cardea_key_') ? 'key' : 'bearer'
}

export function presentedHash(token: Secret): string | undefined {
  const bytes = token.revealBytes()
  const isOne = bytes.byteLength === LENGTH && PREFIX.equals(bytes.subarray(0, PREFIX.byteLength))
  return isOne ? hash('sha256', bytes, 'hex') : undefined
}
