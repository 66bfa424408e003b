import { Problem } from '../errors.ts'
import { withMembers, withoutNames } from './query.ts'

type Body = string | Uint8Array | symbol | undefined

/** Sets members of a JSON or form body. A caller's own member of that name is replaced, never sent beside ours. */
export function placeInBody(
  body: Body,
  headers: Record<string, string>,
  members: readonly (readonly [string, string])[],
): string {
  if (typeof body === 'symbol') throw new Problem('service.body_not_whole')
  const text = body === undefined ? '' : Buffer.from(body as string).toString('utf8')
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') {
    return withMembers(
      withoutNames(
        text,
        members.map(([name]) => name),
      ),
      members,
    )
  }
  if (type !== '' && !/^application\/([a-z0-9.+-]+\+)?json$/.test(type)) throw new Problem('service.body_not_object')
  headers['content-type'] ??= 'application/json'
  const whole = text.trim() === '' ? {} : parsed(text)
  for (const [name, value] of members) {
    Object.defineProperty(whole, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return JSON.stringify(whole)
}

/** Numbers keep their digits: an id beyond 2^53 must not come out as its neighbour. */
function parsed(text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text, keepingDigits as (key: string, value: unknown) => unknown)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem('service.body_not_object')
    throw error
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Problem('service.body_not_object')
  return value
}

function keepingDigits(_: string, value: unknown, { source }: { source: string }): unknown {
  return typeof value === 'number' ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source) : value
}
