/** Compares what came with what the definition says must come, and says in words what differs. Values are never repeated: they are secret. */
import { timingSafeEqual } from 'node:crypto'
import type { Template } from '@cardea/catalog'
import type { Received } from './received.ts'
import { filled, type Values } from './values.ts'

export function same(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

export function faultsOfParams(
  got: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string | null>,
  where = 'parameter',
): string[] {
  return [...wanted].flatMap(([name, value]) => {
    const had = got.get(name)
    if (value === null) return had === undefined ? [] : [`${where} ${name} should not be there`]
    if (had === undefined) return [`${where} ${name} is missing`]
    return same(had, value) ? [] : [`${where} ${name} has another value than expected`]
  })
}

export function faultsOfHeaders(
  received: Received,
  wanted: Readonly<Record<string, Template>> = {},
  values: Values,
): string[] {
  return Object.entries(wanted).flatMap(([key, template]) => {
    const [name, value] = [filled(key, values)?.toLowerCase(), filled(template, values)]
    if (name === undefined || value === undefined) return []
    const had = received.headers.get(name)
    if (had === undefined) return [`header ${name} is missing`]
    return same(had, value) ? [] : [`header ${name} has another value than expected`]
  })
}

export interface Endpoint {
  readonly url: URL
  readonly method: string
}

/** Host, port and path; and whatever query the address itself brings. */
export function isAt(received: Received, address: URL | undefined): boolean {
  if (!address || received.url.host !== address.host || received.url.pathname !== address.pathname) return false
  return [...address.searchParams].every(([name, value]) => received.url.searchParams.get(name) === value)
}
