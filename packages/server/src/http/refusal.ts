import type { ProblemDetails } from '@cardea/sdk'
import type { z } from 'zod'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'

/** The one place where an error becomes an answer: problem+json, or the form that OAuth's standards prescribe. */
const RESERVED = new Set(['type', 'title', 'status', 'detail', 'code', 'next', 'requestId'])

/** Whatever was thrown, as a problem. What nobody foresaw is logged in full and shown not at all. */
export function asProblem(error: unknown, log: Logger): Problem {
  if (error instanceof Problem) {
    if (error.status >= 500 && error.status !== 503) log.error(error.message, { code: error.code, cause: error.cause })
    return error
  }
  log.error('a fault', { error })
  return new Problem('server.fault')
}

export function problemDetails(problem: Problem, requestId: string): ProblemDetails {
  const values = Object.fromEntries(Object.entries(problem.values).filter(([name]) => !RESERVED.has(name)))
  return {
    type: `/docs/problems#${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    next: problem.next,
    requestId,
    ...values,
  }
}

export function problemResponse(problem: Problem, requestId: string): Response {
  return new Response(JSON.stringify(problemDetails(problem, requestId)), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...extraHeaders(problem) },
  })
}

/** The same for somebody who looks at it. */
export function refusalPage(problem: Problem, page: (problem: Problem) => string): Response {
  return new Response(page(problem), {
    status: problem.status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...extraHeaders(problem) },
  })
}

/** Which error of RFC 6749 and 8628 a problem is; what they have no word for keeps its status. */
export function oauthResponse(problem: Problem): Response {
  const error =
    typeof problem.values.oauth === 'string'
      ? problem.values.oauth
      : problem.status === 503 || problem.status === 429
        ? 'temporarily_unavailable'
        : problem.status >= 500
          ? 'server_error'
          : 'invalid_request'
  const issue = (problem.values.issues as { path: string; message: string }[] | undefined)?.[0]
  const description = issue ? `${issue.path}: ${issue.message}` : problem.message
  return new Response(JSON.stringify({ error, error_description: description }), {
    status: problem.status,
    headers: { 'content-type': 'application/json', ...extraHeaders(problem) },
  })
}

function extraHeaders(problem: Problem): Record<string, string> {
  const { retryAfterSeconds, allow } = problem.values
  return {
    ...(problem.status === 401 ? { 'www-authenticate': 'Bearer realm="cardea"' } : {}),
    ...(typeof retryAfterSeconds === 'number' ? { 'retry-after': String(Math.ceil(retryAfterSeconds)) } : {}),
    ...(typeof allow === 'string' ? { allow } : {}),
  }
}

/** What zod found, without what was sent: that may be a password. */
export function invalid(part: 'path' | 'query' | 'body', error: z.ZodError): Problem {
  const issues = error.issues.slice(0, 20).map((issue) => ({
    path: [part, ...issue.path.map(String)].join('.').slice(0, 200),
    message: issue.message.slice(0, 200),
  }))
  return new Problem('request.invalid', { issues })
}
