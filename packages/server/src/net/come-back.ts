import { type Answers, headerOf, type ReadAnswer } from '@cardea/catalog'

/** Nobody may send us away for longer. */
const LONGEST = 24 * 60 * 60 * 1000

/** The instant named by `Retry-After`, in either form, or by the header that the definition names. */
export function whenToComeBack(answer: ReadAnswer, words: Answers['comeBack'], now: number): number | undefined {
  const usual = fromRetryAfter(headerOf(answer, 'retry-after'), now)
  const own = words && fromNumber(headerOf(answer, words.header), words.as, now)
  const at = usual ?? own
  return at === undefined ? undefined : Math.min(Math.max(at, now), now + LONGEST)
}

function fromRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\s*[0-9]{1,10}(\.[0-9]+)?\s*$/.test(value)) return now + Number(value) * 1000
  // Only the form of HTTP: a date parser would take "2" for a month.
  if (!/^[A-Z][a-z]{2,8},? /.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}

function fromNumber(
  value: string | undefined,
  form: 'seconds' | 'epoch_seconds' | 'epoch_ms',
  now: number,
): number | undefined {
  if (value === undefined || !/^\s*[0-9]{1,15}(\.[0-9]+)?\s*$/.test(value)) return undefined
  const number = Number(value)
  return form === 'seconds' ? now + number * 1000 : form === 'epoch_seconds' ? number * 1000 : number
}
