/** Requests as text that a person can review. */
import type { Outgoing } from '../../src/net/message.ts'

export function wireText({
  method,
  url,
  headers,
  body,
}: Outgoing | { method: string; url: string; headers: Record<string, string>; body?: unknown }): string {
  const lines = [`${method} ${url}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
  const text =
    body === undefined
      ? ''
      : typeof body === 'symbol'
        ? '\n<streamed>\n'
        : `\n${Buffer.from(body as string).toString('utf8')}\n`
  return readable(`${lines.join('\n')}\n${text}`).replaceAll(
    /Basic ([A-Za-z0-9+/=]+)$/gm,
    (whole, pair: string) => `${whole} <${Buffer.from(pair, 'base64').toString()}>`,
  )
}

/** A signature made with the key of this run would differ every time; what it signs is what matters. */
export function readable(text: string): string {
  return text.replaceAll(
    /(eyJ[\w-]+)\.(eyJ[\w-]+)\.([\w-]+)/g,
    (_, header: string, claims: string) => `<jwt ${decoded(header)} ${decoded(claims)}>`,
  )
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url')
    .toString('utf8')
    .replaceAll(/SHA256:[A-Za-z0-9+/=]{44}/g, 'SHA256:<fingerprint>')
}
