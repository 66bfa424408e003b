/** Answers that mean what a definition's conditions say: the conditions, run backwards. */
import type { Condition, Method, Scalar, Service } from '@cardea/catalog'
import type { AnswerClass } from './levers.ts'
import { type Answered, getAt, putAt } from './path.ts'
import { htmlAnswer, type PlainAnswer } from './received.ts'

const DEFAULT_STATUS: Readonly<Record<AnswerClass, number>> = {
  restricted: 403,
  rejected: 401,
  limited: 429,
  unavailable: 503,
  retired: 410,
}
export const ANSWER_CLASSES = Object.keys(DEFAULT_STATUS) as AnswerClass[]

export interface FailureShape {
  readonly of: AnswerClass
  readonly status: number
  readonly condition: Condition
}

/** Every way in which this service fails, the strangest of each class first. */
export function failureShapes(service: Service): FailureShape[] {
  return ANSWER_CLASSES.flatMap((of) => shapesOf(service, of))
}

export function shapesOf(service: Service, of: AnswerClass): FailureShape[] {
  const own = service.answers?.[of]
  const conditions = own ?? [{ status: DEFAULT_STATUS[of] }]
  return conditions
    .flatMap((condition) => statusesOf(condition, of).map((status) => ({ of, status, condition })))
    .sort((a, b) => strangeness(b) - strangeness(a))
}

/** A condition that names no status has to be noticed in a 200; words anywhere in a body only in a refusal, or on a page. */
function statusesOf({ status, path, header }: Condition, of: AnswerClass): readonly number[] {
  if (status !== undefined) return [status].flat()
  return [path === undefined && header === undefined && of !== 'unavailable' ? 403 : 200]
}

function strangeness({ of, status, condition }: FailureShape): number {
  const inside = condition.path !== undefined || condition.contains !== undefined || condition.header !== undefined
  return (inside ? 2 : 0) + (status === DEFAULT_STATUS[of] ? 0 : 1)
}

export interface ShapeDetails {
  readonly passes?: Condition | undefined
  readonly comeBackSeconds?: number
  readonly now?: number
}

/** `passes` is the check's own condition, which no failure may fulfil. */
export function answerOf(shape: FailureShape, service: Service, details: ShapeDetails = {}): PlainAnswer {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  const { condition } = shape
  if (shape.of === 'limited') Object.assign(headers, comeBack(service, details))
  if (condition.header) headers[condition.header] = String(wanted(condition))
  const page = (shape.status < 400 && shape.status !== 200) || (shape.of === 'unavailable' && !condition.path)
  if (page) return { ...htmlAnswer(shape.status, condition.contains ?? 'Something else'), status: shape.status }
  const said: Answered = condition.path !== undefined && condition.exists !== false ? memberOf(condition) : {}
  // A refusal inside a 200 says the opposite of success; other failures must not be taken for it.
  const body = shape.of === 'rejected' ? spoil(said, details.passes) : said
  const message = condition.contains ?? 'simulated failure'
  const whole = Array.isArray(body) || typeof body !== 'object' ? body : { ...body, message }
  return { status: shape.status, headers, body: JSON.stringify(whole) }
}

function memberOf(condition: Condition): Answered {
  return putAt({}, condition.path!, wanted(condition))
}

/** A value that fulfils the condition. */
export function wanted({ is, not, exists }: Condition): Scalar {
  if (is !== undefined) return Array.isArray(is) ? is[0]! : (is as Scalar)
  const refused = not === undefined ? [] : [not].flat()
  if (exists && refused.includes('other')) return 'another'
  return ['sample', 'other', true].find((value) => !refused.includes(value)) ?? 'sample'
}

function spoil(body: Answered, passes: Condition | undefined): Answered {
  if (passes?.path === undefined || typeof passes.is !== 'boolean' || getAt(body, passes.path) !== undefined)
    return body
  return putAt(body, passes.path, !passes.is)
}

function comeBack(service: Service, { comeBackSeconds = 30, now = 0 }: ShapeDetails): Record<string, string> {
  const word = service.answers?.comeBack
  if (!word) return { 'retry-after': String(comeBackSeconds) }
  const value = {
    seconds: comeBackSeconds,
    epoch_seconds: Math.ceil(now / 1000) + comeBackSeconds,
    epoch_ms: now + comeBackSeconds * 1000,
  }[word.as]
  return { [word.header]: String(value) }
}

export function checkCallOf(service: Service, method: Method) {
  const check = method.check ?? service.check
  return 'get' in check || 'post' in check ? check : undefined
}
