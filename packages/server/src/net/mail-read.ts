import { buffer as readBytes } from 'node:stream/consumers'
import type { FetchMessageObject, ImapFlow, MessageAddressObject, MessageStructureObject } from 'imapflow'
import { DAY } from '../clock.ts'
import { Problem } from '../errors.ts'
import { inMailbox } from './mail-imap-client.ts'
import type { MailAddress } from './mail-send.ts'
import { type MailLogin, type MailOptions, type MailServer, MailTrouble } from './mail-words.ts'

export interface MailHead {
  uid: number
  messageId: string | null
  from: MailAddress[]
  to: MailAddress[]
  subject: string
  /** What the sender wrote, in milliseconds since 1970. */
  date: number | null
  /** When the server got it. */
  receivedAt: number | null
  flags: string[]
  bytes: number | null
}

export interface MailList {
  mailbox: string
  /** All that are in the mailbox, not only those that were asked for. */
  total: number
  /** Newest first. */
  messages: MailHead[]
}

export interface ListMail {
  mailbox?: string
  limit?: number
  /** Received at or after this instant. */
  since?: number
  unseen?: boolean
}

export interface ReadMail extends MailHead {
  text: string | null
  html: string | null
  /** Whether text or html was longer than what is given here. */
  truncated: boolean
  attachments: { name: string | null; type: string; bytes: number | null }[]
}

const MAX_LISTED = 200
const MAX_PART_BYTES = 512 * 1024
const MAX_TEXT = 1000
const MAX_ADDRESSES = 50
const HEAD = { uid: true, envelope: true, flags: true, size: true, internalDate: true } as const

/** The heads of the newest messages. Nothing is marked as read: the mailbox is open for reading only. */
export async function listMail(
  server: MailServer,
  login: MailLogin,
  what: ListMail,
  options: MailOptions,
): Promise<MailList> {
  const path = readPath(what.mailbox)
  const limit = what.limit ?? 20
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LISTED) throw invalid('limit', `must be 1 to ${MAX_LISTED}`)
  if (what.since !== undefined && !(Math.abs(what.since) < 8.64e15)) throw invalid('since', 'is no instant')
  return inMailbox(server, login, path, options, async (client) => {
    const total = client.mailbox ? client.mailbox.exists : 0
    const messages = total === 0 ? [] : await newest(client, total, limit, what)
    return { mailbox: path, total, messages }
  })
}

/** Text and html of one message, without the bytes of anything attached. */
export async function readMail(
  server: MailServer,
  login: MailLogin,
  what: { mailbox?: string; uid: number },
  options: MailOptions,
): Promise<ReadMail> {
  const path = readPath(what.mailbox)
  const { uid } = what
  if (!Number.isInteger(uid) || uid < 1 || uid > 0xffff_ffff) throw invalid('uid', 'is no uid')
  return inMailbox(server, login, path, options, async (client) => {
    const found = await client.fetchOne(String(uid), { ...HEAD, bodyStructure: true }, { uid: true })
    if (!found || found.uid !== uid) throw new MailTrouble({ is: 'refused', reason: 'message_missing' }, 'message')
    const parts = sorted(found.bodyStructure)
    const text = parts.text && (await readPart(client, uid, parts.text))
    const html = parts.html && (await readPart(client, uid, parts.html))
    return {
      ...headOf(found),
      text: text?.content ?? null,
      html: html?.content ?? null,
      truncated: Boolean(text?.truncated || html?.truncated),
      attachments: parts.attached.slice(0, 100).map((node) => ({
        name: clip(node.dispositionParameters?.filename ?? node.parameters?.name) || null,
        type: clip(node.type),
        bytes: node.size ?? null,
      })),
    }
  })
}

async function newest(
  client: ImapFlow,
  total: number,
  limit: number,
  { since, unseen }: ListMail,
): Promise<MailHead[]> {
  const heads: MailHead[] = []
  const collect = async (range: string, byUid: boolean) => {
    for await (const message of client.fetch(range, HEAD, { uid: byUid })) {
      // A server may send what nobody asked for.
      if (heads.length >= limit) break
      heads.push(headOf(message))
    }
  }
  if (since === undefined && !unseen) {
    await collect(`${Math.max(1, total - limit + 1)}:*`, false)
    return heads.sort((a, b) => b.uid - a.uid)
  }
  const uids = await client.search(
    // IMAP searches by day, and by the server's own idea of when a day begins.
    { ...(since === undefined ? {} : { since: new Date(since - DAY) }), ...(unseen ? { seen: false } : {}) },
    { uid: true },
  )
  const wanted = (Array.isArray(uids) ? uids : []).sort((a, b) => b - a)
  const range = wanted.slice(0, limit)
  if (range.length > 0) await collect(range.join(','), true)
  return heads
    .filter(({ receivedAt }) => since === undefined || (receivedAt !== null && receivedAt >= since))
    .sort((a, b) => b.uid - a.uid)
}

interface Parts {
  text?: MessageStructureObject
  html?: MessageStructureObject
  attached: MessageStructureObject[]
}

function sorted(root: MessageStructureObject | undefined): Parts {
  const parts: Parts = { attached: [] }
  const walk = (node: MessageStructureObject) => {
    const type = node.type.toLowerCase()
    const attached = node.disposition?.toLowerCase() === 'attachment'
    if (type.startsWith('multipart/')) for (const child of node.childNodes ?? []) walk(child)
    else if (type === 'text/plain' && !attached && !parts.text) parts.text = node
    else if (type === 'text/html' && !attached && !parts.html) parts.html = node
    else parts.attached.push(node)
  }
  if (root) walk(root)
  return parts
}

async function readPart(
  client: ImapFlow,
  uid: number,
  node: MessageStructureObject,
): Promise<{ content: string; truncated: boolean } | undefined> {
  const download = await client.download(String(uid), node.part ?? '1', { uid: true, maxBytes: MAX_PART_BYTES + 1 })
  if (!('content' in download) || !download.content) return undefined
  const bytes = await readBytes(download.content)
  // As a stream: half a letter at the end is left out instead of turned into another.
  const content = new TextDecoder().decode(bytes.subarray(0, MAX_PART_BYTES), { stream: true })
  return { content, truncated: bytes.byteLength > MAX_PART_BYTES }
}

function headOf({ uid, envelope, flags, size, internalDate }: FetchMessageObject): MailHead {
  return {
    uid,
    messageId: clip(envelope?.messageId) || null,
    from: addresses(envelope?.from),
    to: addresses(envelope?.to),
    subject: clip(envelope?.subject),
    date: instant(envelope?.date),
    receivedAt: instant(internalDate),
    flags: [...(flags ?? [])].slice(0, 50).map(clip),
    bytes: size ?? null,
  }
}

function addresses(given: readonly MessageAddressObject[] | undefined): MailAddress[] {
  return (given ?? []).slice(0, MAX_ADDRESSES).map(({ address, name }) => ({
    address: clip(address),
    ...(name ? { name: clip(name) } : {}),
  }))
}

function instant(given: Date | string | undefined): number | null {
  const at = given === undefined ? Number.NaN : new Date(given).getTime()
  return Number.isNaN(at) ? null : at
}

function clip(text: string | undefined): string {
  return (text ?? '').slice(0, MAX_TEXT)
}

function readPath(mailbox = 'INBOX'): string {
  if (typeof mailbox !== 'string' || mailbox === '' || mailbox.length > 500 || /\p{Cc}/u.test(mailbox)) {
    throw invalid('mailbox', 'is no name of a mailbox')
  }
  return mailbox
}

function invalid(path: string, message: string): Problem {
  return new Problem('request.invalid', { issues: [{ path, message }] })
}
