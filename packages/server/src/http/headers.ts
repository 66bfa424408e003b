/** What every answer says to browsers: trust nothing that this server did not send, frame it nowhere, keep nothing. */
const ALWAYS: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

/** For answers that are data: nothing in them is ever run or shown as a page. */
const NO_PAGE = `default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox`

/** For pages of ours: files of this server only, no script or style within the page. */
export const PAGE = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
  `font-src 'self'`,
  `connect-src 'self'`,
  `manifest-src 'self'`,
  `form-action 'self'`,
  `base-uri 'none'`,
  `frame-ancestors 'none'`,
].join('; ')

export function addSecurityHeaders(headers: Headers, publicUrl: string): void {
  for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value)
  const isPage = headers.get('content-type')?.startsWith('text/html') ?? false
  headers.set('content-security-policy', isPage ? PAGE : NO_PAGE)
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  if (publicUrl.startsWith('https:')) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
}
