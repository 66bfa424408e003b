import { domainToASCII } from 'node:url'
import type { Json } from '@cardea/catalog'
import { invalidInput } from './input.ts'

/**
 * A message as RFC 5322 has it, for services that want one whole. The same input makes the same bytes. Refuses what would begin another
 * header; the body travels as base64, so that no line of it can mean anything.
 */
export function emailMessage(parts: Readonly<Record<string, Json | undefined>>): Buffer {
  const lines: string[] = []
  for (const [name, header] of HEADERS) {
    const addresses = [parts[name] ?? []].flat() as Json[]
    if (addresses.length === 0) continue
    lines.push(`${header}: ${addresses.map((each) => addressOf(each, name)).join(',\r\n ')}`)
  }
  lines.push(`Subject: ${subjectOf(parts.subject)}`, 'MIME-Version: 1.0')
  const { text, html } = parts
  const type = html === undefined ? 'text/plain' : 'text/html'
  lines.push(`Content-Type: ${type}; charset=utf-8`, 'Content-Transfer-Encoding: base64')
  const body = Buffer.from(String(html ?? text ?? ''), 'utf8').toString('base64')
  const folded = body.match(/.{1,76}/g) ?? []
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${folded.join('\r\n')}\r\n`, 'latin1')
}

const HEADERS = [
  ['from', 'From'],
  ['to', 'To'],
  ['cc', 'Cc'],
  ['bcc', 'Bcc'],
  ['replyTo', 'Reply-To'],
] as const

function addressOf(given: Json, name: string): string {
  const address = String(given)
  const at = address.lastIndexOf('@')
  const domain = domainToASCII(address.slice(at + 1))
  const local = address.slice(0, at)
  if (!/^[\x21-\x7e]+$/.test(local) || domain === '') throw invalidInput(name, 'is no address that mail can be sent to')
  return `${local}@${domain}`
}

function subjectOf(given: Json | undefined): string {
  const subject = String(given ?? '')
  if (/\p{Cc}/u.test(subject)) throw invalidInput('subject', 'must be one line')
  if (subject.length > 1000) throw invalidInput('subject', 'is longer than 1000 characters')
  if (/^[\x20-\x7e]{0,60}$/.test(subject) && !subject.includes('=?')) return subject
  return words(subject).join('\r\n ')
}

/** Encoded words of RFC 2047: 75 characters each at most, and no letter cut in two. */
function words(text: string): string[] {
  const found: string[] = []
  let piece = ''
  const close = () => found.push(`=?UTF-8?B?${Buffer.from(piece, 'utf8').toString('base64')}?=`)
  for (const letter of text) {
    if (Buffer.byteLength(piece + letter) > 42) {
      close()
      piece = ''
    }
    piece += letter
  }
  close()
  return found
}
