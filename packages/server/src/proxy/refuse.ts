import type { IncomingMessage, ServerResponse } from 'node:http'
import { isProblem, type Problem } from '../errors.ts'
import { pushBudget } from './headers.ts'

/** How a problem is told, which is decided in one place for the whole server. */
export type Describe = (problem: Problem, requestId: string) => object

/**
 * Answers of Cardea itself. `Cardea-Error` tells them from those of the service, whatever else that answers with: nothing of a service
 * passes under this name.
 */
export function refuse(response: ServerResponse, problem: Problem, requestId: string, describe: Describe): void {
  const body = JSON.stringify(describe(problem, requestId))
  const { retryAfterSeconds } = problem.values
  const headers = [
    'content-type',
    'application/problem+json',
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
    'cardea-error',
    problem.code,
    'cardea-request-id',
    requestId,
  ]
  // Git asks without its password first, and sends it to whoever asks for basic.
  if (problem.status === 401) headers.push('www-authenticate', 'Bearer realm="cardea", Basic realm="cardea"')
  if (typeof retryAfterSeconds === 'number') headers.push('retry-after', String(Math.ceil(retryAfterSeconds)))
  if (isProblem(problem, 'token.over_budget')) {
    const { limit, perSeconds } = problem.values
    const resetSeconds = Number(retryAfterSeconds)
    pushBudget(headers, { limit: Number(limit), remaining: 0, resetSeconds, perSeconds: Number(perSeconds) }, {})
  }
  response.writeHead(problem.status, headers)
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

/** Somebody who is still sending a body that nobody reads. */
export function isSending(request: IncomingMessage): boolean {
  return !request.complete && !request.destroyed
}
