import { text } from '../messages.ts'

const relative = new Intl.RelativeTimeFormat(text.locale, { numeric: 'auto' })
const whole = new Intl.DateTimeFormat(text.locale, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(text.locale, { dateStyle: 'medium' })

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** An instant as people say it, and exactly when pointed at. */
export function When({ at, exact = false }: { at: string; exact?: boolean }) {
  return (
    <time dateTime={at} title={whole.format(new Date(at))} className="whitespace-nowrap tabular-nums">
      {exact ? whole.format(new Date(at)) : inWords(at)}
    </time>
  )
}

export function onDay(at: string): string {
  return day.format(new Date(at))
}

function inWords(at: string): string {
  const seconds = (Date.parse(at) - Date.now()) / 1000
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit)
  }
  return relative.format(0, 'second')
}

export function isPast(at: string | null): boolean {
  return at !== null && Date.parse(at) <= Date.now()
}
