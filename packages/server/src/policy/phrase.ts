import type { Who } from './rules.ts'

/** How limits are said in a sentence. Members are never named in one: others read it. */
const MOST_NAMED = 10

export function listed(names: readonly string[], none: string, some: string): string {
  if (names.length === 0) return none
  const rest = names.length - MOST_NAMED
  return `${some}: ${names.slice(0, MOST_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

export function wordsFor({ roles = [], members = [] }: Who): string {
  const named = members.length > 0 ? ['the members it names'] : []
  const all = [...roles.map((role) => `${role}s`), ...named]
  return all.length === 0 ? 'nobody' : `only ${all.join(' and ')}`
}

export function connections(many: number): string {
  return `${many} ${many === 1 ? 'connection' : 'connections'}`
}

const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** In the largest unit that says it exactly. */
export function inWords(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds % size === 0)!
  const many = seconds / size
  return `${many} ${unit}${many === 1 ? '' : 's'}`
}
