import type { ServerResponse } from 'node:http'
import { answerJson } from './wire.ts'

/** Ways in which services fail, to be asked for: `/fail/429`. The time-out is its caller's business. */
const FAILURES: Readonly<Record<string, Failure>> = {
  '/fail/401': { status: 401, code: 'unauthorized', message: 'Refused, as you asked.' },
  '/fail/403': { status: 403, code: 'forbidden', message: 'Not allowed, as you asked.' },
  '/fail/429': {
    status: 429,
    code: 'rate_limited',
    message: 'Slow down, as you asked.',
    headers: { 'retry-after': '2' },
  },
  '/fail/500': { status: 500, code: 'broken', message: 'Broken, as you asked.' },
  '/fail/503': { status: 503, code: 'unavailable', message: 'Away, as you asked.', headers: { 'retry-after': '1' } },
}
interface Failure {
  status: number
  code: string
  message: string
  headers?: Readonly<Record<string, string>>
}

export function isFailure(path: string): boolean {
  return path === '/fail/timeout' || Object.hasOwn(FAILURES, path)
}

export function failure(path: string, response: ServerResponse): void {
  const { status, code, message, headers } = FAILURES[path]!
  answerJson(response, status, { error: { code, message } }, headers)
}
