import type { IncomingMessage, ServerResponse } from 'node:http'

/** Plain HTTP, as the sandbox's own pages and API speak it. */
export const MOST_BYTES = 256 * 1024

export class TooLarge extends Error {}

export async function bodyOf(request: IncomingMessage, most: number = MOST_BYTES): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > most) throw new TooLarge(`more than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function answerPage(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text)
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Whether a form was sent by a page of ours: another site's would come with the cookies too. */
export function isOwnForm(request: IncomingMessage, origin: string): boolean {
  const { origin: from, 'sec-fetch-site': site } = request.headers
  return from === undefined ? site === undefined || site === 'same-origin' : from === origin
}
