import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { problemDetails } from './refusal.ts'

/** Refusals where there is no Request: on the raw path, on a socket whose request could not even be read. */
export function answerRaw(response: ServerResponse, problem: Problem): void {
  const requestId = newId('req')
  const body = JSON.stringify(problemDetails(problem, requestId))
  response.writeHead(problem.status, { ...headersFor(requestId), 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

export function refuseSocket(socket: Duplex, code: string | undefined): void {
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const problem = problemOf(code)
  const requestId = newId('req')
  const body = JSON.stringify(problemDetails(problem, requestId))
  const headers = { ...headersFor(requestId), 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(
    [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`, ...lines, '', body].join('\r\n'),
    // Whoever sends rubbish may also never close.
    () => socket.destroy(),
  )
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('request.head_too_large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request.too_slow')
  return code === 'UPGRADE' ? new Problem('request.not_found') : new Problem('request.invalid')
}

function headersFor(requestId: string) {
  return {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cardea-request-id': requestId,
  }
}
