/** Members of an answer by dotted path, as definitions name them: written when an answer is made, read when a request is judged. */
import type { Path } from '@cardea/catalog'

export type Answered = { [member: string]: Answered } | Answered[] | string | number | boolean | null

export function putAt(root: Answered, path: Path, value: Answered): Answered {
  if (path === '') return value
  const [first, ...rest] = path.split('.')
  const isIndex = /^\d+$/.test(first!)
  const holder: Answered =
    root !== null && typeof root === 'object' && Array.isArray(root) === isIndex ? root : isIndex ? [] : {}
  const members = holder as Record<string, Answered>
  members[first!] = putAt(members[first!] ?? {}, rest.join('.'), value)
  return holder
}

export function getAt(root: unknown, path: Path): unknown {
  if (path === '') return root
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        inner !== null && typeof inner === 'object' && Object.hasOwn(inner, key)
          ? (inner as Record<string, unknown>)[key]
          : undefined,
      root,
    )
}
