import type { Method } from '@cardea/catalog'

/** Scopes that were asked for and not granted. What a scope brings with it, and what answers never name, is not missing. */
export function missingScopes(
  method: Method,
  asked: readonly string[],
  granted: readonly string[] | undefined,
): string[] {
  // RFC 6749, section 5.1: an answer without scopes means all that were asked for.
  if (granted === undefined) return []
  const held = withImplied(method, granted)
  const unlisted = new Set(method.scopes?.unlisted ?? [])
  return asked.filter((scope) => !held.has(scope) && !unlisted.has(scope))
}

function withImplied(method: Method, granted: readonly string[]): Set<string> {
  const held = new Set(granted)
  // A set takes in what is added while it is walked, so that one step leads to the next.
  for (const scope of held) {
    for (const [first, second] of method.scopes?.implies ?? []) {
      if (scope.startsWith(first) && held.size < 1000) held.add(second + scope.slice(first.length))
    }
  }
  return held
}
