import type { PageManners } from './route.ts'

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

/** For a page of ours that is different: only where it says so, and by what it names. */
export function pageHeaders({
  styleHash,
  formsTo = [],
  framedBy = [],
  keepsOpener,
}: PageManners): Record<string, string> {
  const replaced: Record<string, string> = {
    'style-src': ["'self'", ...(styleHash ? [`'${styleHash}'`] : [])].join(' '),
    'form-action': ["'self'", ...formsTo].join(' '),
    'frame-ancestors': framedBy.length > 0 ? framedBy.join(' ') : "'none'",
  }
  const policy = PAGE.split('; ').map((directive) => {
    const [name = ''] = directive.split(' ')
    return name in replaced ? `${name} ${replaced[name]}` : directive
  })
  return {
    'content-security-policy': policy.join('; '),
    // With `no-referrer` a browser calls the origin of our own forms "null", and they could not be told from another site's.
    'referrer-policy': 'same-origin',
    ...(keepsOpener ? { 'cross-origin-opener-policy': 'unsafe-none' } : {}),
    ...(framedBy.length > 0 ? { 'cross-origin-resource-policy': 'cross-origin' } : {}),
  }
}

export function addSecurityHeaders(headers: Headers, publicUrl: string): void {
  for (const [name, value] of Object.entries(ALWAYS)) if (!headers.has(name)) headers.set(name, value)
  const isPage = headers.get('content-type')?.startsWith('text/html') ?? false
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', isPage ? PAGE : NO_PAGE)
  // It knows all or nobody: where some may, the other header names them.
  if (/frame-ancestors (?!'none')/.test(headers.get('content-security-policy') ?? '')) headers.delete('x-frame-options')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  if (publicUrl.startsWith('https:')) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
}
