import { IncomingMessage, ServerResponse } from 'node:http'

/** An answer that is looked at before anybody gets it: what a hand on the wire between server and caller needs. */
export interface Held {
  /** For whoever answers. It has no connection, so that it is answered also when the caller has gone. */
  response: ServerResponse
  answer: Promise<{ status: number; headers: Record<string, string | number | string[]>; body: string }>
}

export function heldBack(request: IncomingMessage): Held {
  const response = new ServerResponse(request)
  const answer = new Promise<Awaited<Held['answer']>>((resolve) => {
    response.end = ((body?: string | Buffer) => {
      const headers = Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, value!]))
      resolve({ status: response.statusCode, headers, body: body?.toString() ?? '' })
      return response
    }) as ServerResponse['end']
  })
  return { response, answer }
}

export async function wholeBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The same request, with its body to be read once more. */
export function replayed(request: IncomingMessage, body: Buffer): IncomingMessage {
  const again = new IncomingMessage(request.socket)
  const { method, url, headers, rawHeaders, httpVersion } = request
  Object.assign(again, { method, url, rawHeaders, httpVersion, complete: true })
  again.headers = headers
  again.push(body)
  again.push(null)
  return again
}

/** Takes `iss` out of returns, and the announcement of it out of the metadata. */
export function withoutIssuer(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response)
  const end = response.end.bind(response) as (body?: string | Buffer) => ServerResponse
  response.setHeader = (name, value) => {
    if (name.toLowerCase() !== 'location' || typeof value !== 'string' || !URL.canParse(value))
      return setHeader(name, value)
    const to = new URL(value)
    to.searchParams.delete('iss')
    return setHeader(name, to.href)
  }
  response.end = ((body?: string | Buffer) => {
    const text = body?.toString() ?? ''
    if (!text.includes('"authorization_response_iss_parameter_supported"')) return end(body)
    const { authorization_response_iss_parameter_supported: _, ...rest } = JSON.parse(text) as Record<string, unknown>
    const shorter = JSON.stringify(rest)
    setHeader('content-length', Buffer.byteLength(shorter))
    return end(shorter)
  }) as ServerResponse['end']
}
