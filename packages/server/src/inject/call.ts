/** A call on its way out: before the credential is in it, and after. */
export interface Call {
  method: string
  /** Without trailing slash. Empty where the address itself is the credential. */
  base: string
  /** As the caller gave it; with its leading slash, or empty. */
  path: string
  /** Without `?`. */
  query: string
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array | Streamed
}
/** A body that passes through while it is sent: it cannot be read, and not be hashed. */
export const streamed = Symbol('streamed')
export type Streamed = typeof streamed

export interface Placed {
  method: string
  url: string
  headers: Record<string, string>
  body?: string | Uint8Array | Streamed
}

/** What signatures need from outside: the instant, and something that was never used before. */
export interface Signing {
  now: number
  nonce: () => string
}
