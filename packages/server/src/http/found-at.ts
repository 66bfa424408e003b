/** Under which address a browser found this server, and whether that is the one by which the server calls itself. */
export interface FoundAt {
  host: string
  /** Told by a proxy that is trusted; otherwise nobody knows what stands in front. */
  protocol?: 'http:' | 'https:'
}

export function foundAt(request: Request, trustedProxies: number): FoundAt | undefined {
  const url = new URL(request.url)
  const forwarded = (name: string) => {
    const entries = (request.headers.get(name) ?? '').split(',').map((entry) => entry.trim().toLowerCase())
    return trustedProxies === 0 ? '' : (entries[Math.max(0, entries.length - trustedProxies)] ?? '')
  }
  const protocol = `${forwarded('x-forwarded-proto')}:`
  const host = forwarded('x-forwarded-host') || url.host
  if (!/^[a-z0-9._:[\]-]{1,255}$/.test(host)) return undefined
  return { host, ...(protocol === 'http:' || protocol === 'https:' ? { protocol } : {}) }
}

/** Services send people back to the address that was configured, whatever the browser shows. */
export function addressWarning(publicUrl: string, found: FoundAt | undefined): string | null {
  if (!found) return null
  const own = new URL(publicUrl)
  const protocol = found.protocol ?? own.protocol
  const seen = URL.parse(`${protocol}//${found.host}`)
  if (!seen || seen.origin === own.origin) return null
  return `You reached this server at ${seen.origin}, and services send people back to ${own.origin}. Set CARDEA_PUBLIC_URL to the address that browsers use.`
}
