/**
 * Hours by the clock on the wall of a named place. Where that clock is put forward, the hour that is left out does not occur; where it is put
 * back, the hour that occurs twice is open twice. Hours that end before they begin go on past midnight, and belong to the day they begin on.
 */
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof days)[number]

export interface Hours {
  timeZone: string
  times: readonly OpenTime[]
}

export interface OpenTime {
  /** Every day, where none is named. */
  days?: readonly Day[]
  from: string
  /** No longer open at this minute. */
  to: string
}

/** By its name: an offset alone knows no summer. */
export function isTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && clockIn(name) !== undefined
}

const DAY_LENGTH = 24 * 60
const WEEK_LENGTH = 7 * DAY_LENGTH
const MINUTE = 60_000

/** Whether an instant is within. What this server cannot read is never open. */
export function openAt({ timeZone, times }: Hours): (at: number) => boolean {
  const minuteOfWeek = clockIn(timeZone)
  if (!minuteOfWeek) return () => false
  const spans = times.flatMap(spansOf)
  let known = Number.NaN
  let isOpen = false
  return (at) => {
    const minute = Math.floor(at / MINUTE)
    // Asking Intl costs more than all the rest of a decision; nothing changes within a minute.
    if (minute === known) return isOpen
    const now = minuteOfWeek(minute * MINUTE)
    isOpen = spans.some(([from, to]) => from <= now && now < to)
    known = minute
    return isOpen
  }
}

export function hoursInWords({ timeZone, times }: Hours): string {
  if (times.length === 0) return 'at no time'
  const said = times.slice(0, 5).map(({ days, from, to }) => `${days ? `${days.join(', ')} ` : ''}${from} to ${to}`)
  return `${said.join('; ')}${times.length > 5 ? '; and more' : ''} (${timeZone})`
}

/** In minutes since Monday began. */
function spansOf({ days: named = days, from, to }: OpenTime): [number, number][] {
  const begins = minuteOfDay(from)
  const ends = minuteOfDay(to)
  const length = ends > begins ? ends - begins : ends + DAY_LENGTH - begins
  return named.flatMap((day): [number, number][] => {
    const at = days.indexOf(day) * DAY_LENGTH + begins
    const end = at + length
    // From Sunday into Monday.
    if (end <= WEEK_LENGTH) return [[at, end]]
    return [
      [at, WEEK_LENGTH],
      [0, end - WEEK_LENGTH],
    ]
  })
}

function minuteOfDay(text: string): number {
  const [hours, minutes] = text.split(':').map(Number) as [number, number]
  return hours * 60 + minutes
}

function clockIn(timeZone: string): ((at: number) => number) | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  return (at) => {
    const read = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const day = days.indexOf(read.weekday!.toLowerCase() as Day)
    return day * DAY_LENGTH + Number(read.hour) * 60 + Number(read.minute)
  }
}
