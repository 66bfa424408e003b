/** Requests and answers as plain values: rooms shape and read them, and only whoever holds a `Send` can let one out. */

/** Header names in lower case. */
export interface Outgoing {
  method: string
  url: string
  headers: Record<string, string>
  body?: string | Uint8Array
}

/** Header names in lower case. */
export interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

/** Follows no redirect. Rejects when there is no answer at all. */
export type Send = (request: Outgoing, how?: SendHow) => Promise<Answer>

export interface SendHow {
  /** Called once the line stands, right before the first byte of the request: what it throws comes back, and nothing was sent. */
  atLast?: () => void
}
