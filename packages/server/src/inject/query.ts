/** Queries as text: what is not touched leaves as it came, byte for byte. */

/** Without the members of these names, in any case and encoding: a caller's own must not stand beside the credential. */
export function withoutNames(query: string, names: readonly string[]): string {
  if (names.length === 0 || query === '') return query
  const refused = new Set(names.map((name) => name.toLowerCase()))
  return query
    .split('&')
    .filter((part) => !refused.has(decoded(part.split('=', 1)[0]!).toLowerCase()))
    .join('&')
}

export function withMembers(query: string, members: readonly (readonly [string, string])[]): string {
  const added = members.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  return [query, ...added].filter((part) => part !== '').join('&')
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}

/** As RFC 3986 has it, which signers insist on. */
export function strictlyEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Name and value of each member, decoded. */
export function membersOf(query: string): [string, string][] {
  if (query === '') return []
  return query.split('&').map((part) => {
    const at = part.indexOf('=')
    return at < 0 ? [decoded(part), ''] : [decoded(part.slice(0, at)), decoded(part.slice(at + 1))]
  })
}
