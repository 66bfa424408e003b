/**
 * The one place that calls the global fetch: small documents from addresses that the operator has configured. It follows
 * no redirect, waits a few seconds at most, and reads no more than it was told. Brokered calls never go this way.
 */
export interface Document {
  status: number
  text: string
}

export interface FetchLimits {
  timeoutMilliseconds?: number
  maxBytes?: number
  signal?: AbortSignal
}

export async function fetchDocument(url: string, limits: FetchLimits = {}): Promise<Document> {
  const { timeoutMilliseconds = 5000, maxBytes = 256 * 1024, signal } = limits
  const timeout = AbortSignal.timeout(timeoutMilliseconds)
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // A redirect could lead to an address that nobody configured.
    redirect: 'error',
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  })
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`the document at ${url} is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return { status: response.status, text: Buffer.concat(chunks).toString('utf8') }
}

export async function fetchJson(url: string, limits: FetchLimits = {}): Promise<unknown> {
  const { status, text } = await fetchDocument(url, limits)
  if (status !== 200) throw new Error(`${url} answered ${status}`)
  return JSON.parse(text)
}
