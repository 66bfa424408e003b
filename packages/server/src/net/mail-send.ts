import { randomUUID } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { Problem } from '../errors.ts'
import { codesOf, type SmtpReply, smtpMessageRefusal } from './mail-refusals.ts'
import { openSmtp, type SmtpSession } from './mail-smtp.ts'
import { type MailLogin, type MailOptions, type MailServer, MailTrouble, unreachable } from './mail-words.ts'

export interface MailAddress {
  /** As people write it: `ö@bücher.example`. */
  address: string
  name?: string
}

export interface OutgoingMail {
  from: MailAddress
  to: readonly MailAddress[]
  cc?: readonly MailAddress[]
  /** Told to the server, never to another recipient. */
  bcc?: readonly MailAddress[]
  replyTo?: MailAddress
  subject: string
  text: string
  html?: string
  attachments?: readonly Attachment[]
}

export interface Attachment {
  name: string
  /** As MIME has it: `application/pdf`. */
  type: string
  content: Uint8Array
}

export interface RefusedRecipient {
  address: string
  code: string
  /** Whether the server means "not now". */
  temporary: boolean
}

/** Taken over by the server for the accepted; for nobody else. */
export interface SentMail {
  messageId: string
  accepted: string[]
  rejected: RefusedRecipient[]
}

const MAX_RECIPIENTS = 100
const MAX_SUBJECT = 1000
const MAX_BODY = 5 * 1024 * 1024
const MAX_ATTACHED = 15 * 1024 * 1024
const MAX_ATTACHMENTS = 20
const TOTAL_MILLISECONDS = 180_000
const CHUNK_BYTES = 64 * 1024

/**
 * Hands one message to the server. Throws MailTrouble when nobody will receive it: with `delivery_unknown` when the line went
 * dead after the whole message was said and before the server answered, which must not be repeated unasked.
 */
export async function sendMail(
  server: MailServer,
  login: MailLogin,
  mail: OutgoingMail,
  options: MailOptions,
): Promise<SentMail> {
  const envelope = readEnvelope(mail)
  const messageId = `<${randomUUID()}@${envelope.from.slice(envelope.from.lastIndexOf('@') + 1)}>`
  const bytes = await compose(mail, messageId, new Date(options.clock.now()))
  const session = await openSmtp(server, login, { totalMilliseconds: TOTAL_MILLISECONDS, ...options })
  try {
    await offerSender(session, envelope, bytes.byteLength)
    const { accepted, rejected } = await offerRecipients(session, envelope.to)
    await sayMessage(session, bytes)
    await session.leave()
    return { messageId, accepted, rejected }
  } finally {
    session.close()
  }
}

interface Envelope {
  from: string
  to: string[]
  beyondAscii: boolean
}

function readEnvelope(mail: OutgoingMail): Envelope {
  checkText(mail.subject, 'subject', MAX_SUBJECT)
  checkText(mail.text, 'text', MAX_BODY)
  if (mail.html !== undefined) checkText(mail.html, 'html', MAX_BODY)
  if (mail.attachments) checkAttachments(mail.attachments)
  // In a head, a new line begins a new header.
  if (/\p{Cc}/u.test(mail.subject)) throw invalid('subject', 'must be one line')
  const from = readAddress(mail.from, 'from')
  if (mail.replyTo) readAddress(mail.replyTo, 'replyTo')
  const to = (['to', 'cc', 'bcc'] as const).flatMap((field) =>
    (mail[field] ?? []).map((one) => readAddress(one, field)),
  )
  if (to.length === 0) throw invalid('to', 'names nobody')
  if (to.length > MAX_RECIPIENTS) throw invalid('to', `names more than ${MAX_RECIPIENTS} recipients`)
  return { from, to: [...new Set(to)], beyondAscii: /[^\x20-\x7e]/.test(from + to.join('')) }
}

/** As the server is told it. The characters that end an address in a command or a header are in no address. */
function readAddress({ address, name }: MailAddress, field: string): string {
  if (typeof address !== 'string' || (name !== undefined && typeof name !== 'string'))
    throw invalid(field, 'is no address')
  if (name !== undefined && (name.length > 200 || /\p{Cc}/u.test(name)))
    throw invalid(field, 'has a name that is not one short line')
  const parts = /^([^\s@<>(),;:\\"[\]\p{Cc}]{1,64})@([^\s@<>(),;:\\"[\]\p{Cc}]{1,253})$/u.exec(address)
  const domain = parts && domainToASCII(parts[2]!)
  if (!parts || !domain) throw invalid(field, 'is no address')
  return `${parts[1]!.normalize('NFC')}@${domain}`
}

function checkText(text: unknown, field: string, limit: number): void {
  if (typeof text !== 'string') throw invalid(field, 'is no text')
  if (text.length > limit) throw invalid(field, `is longer than ${limit} characters`)
}

function checkAttachments(attachments: readonly Attachment[]): void {
  if (attachments.length > MAX_ATTACHMENTS) throw invalid('attachments', `are more than ${MAX_ATTACHMENTS}`)
  let size = 0
  for (const { name, type, content } of attachments) {
    if (typeof name !== 'string' || !/^[^\p{Cc}\p{Zl}\p{Zp}/\\]{1,200}$/u.test(name)) {
      throw invalid('attachments', 'have a name that is not one short line')
    }
    if (typeof type !== 'string' || !/^[\w.+-]{1,80}\/[\w.+-]{1,80}$/.test(type))
      throw invalid('attachments', 'have no type')
    // The library would take a path or an address for what is to be read.
    if (!(content instanceof Uint8Array)) throw invalid('attachments', 'are no bytes')
    size += content.byteLength
  }
  if (size > MAX_ATTACHED) throw invalid('attachments', `are longer than ${MAX_ATTACHED} bytes`)
}

function invalid(path: string, message: string): Problem {
  return new Problem('request.invalid', { issues: [{ path, message }] })
}

async function compose(mail: OutgoingMail, messageId: string, date: Date): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const one = (given: MailAddress) => ({ name: given.name ?? '', address: readAddress(given, 'address') })
  const composer = new MailComposer({
    from: one(mail.from),
    to: mail.to.map(one),
    ...(mail.cc && mail.cc.length > 0 ? { cc: mail.cc.map(one) } : {}),
    ...(mail.replyTo ? { replyTo: one(mail.replyTo) } : {}),
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    ...(mail.attachments
      ? {
          attachments: mail.attachments.map(({ name, type, content }) => ({
            filename: name,
            contentType: type,
            content: Buffer.from(content),
          })),
        }
      : {}),
    messageId,
    date,
    // The library would read files and addresses that a message names.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return new Promise((resolve, reject) => {
    composer.compile().build((error, message) => (error ? reject(error) : resolve(message)))
  })
}

async function offerSender(session: SmtpSession, { from, beyondAscii }: Envelope, size: number): Promise<void> {
  if (beyondAscii && session.offer('SMTPUTF8') === undefined) {
    throw new MailTrouble({ is: 'refused', reason: 'address_not_supported' }, 'sender')
  }
  const limit = Number(session.offer('SIZE'))
  if (limit > 0 && size > limit) throw new MailTrouble({ is: 'refused', reason: 'message_too_large' }, 'sender')
  const sized = session.offer('SIZE') === undefined ? '' : ` SIZE=${size}`
  const reply = await session.command(
    'sender',
    `MAIL FROM:<${from}>${sized}${beyondAscii ? ' BODY=8BITMIME SMTPUTF8' : ''}`,
  )
  if (reply.code !== 250) throw new MailTrouble(smtpMessageRefusal(reply, 'sender'), 'sender', codesOf(reply))
}

async function offerRecipients(session: SmtpSession, to: readonly string[]): Promise<Omit<SentMail, 'messageId'>> {
  const accepted: string[] = []
  const rejected: RefusedRecipient[] = []
  for (const address of to) {
    const reply = await session.command('recipients', `RCPT TO:<${address}>`)
    if (reply.code === 250 || reply.code === 251) accepted.push(address)
    else if (reply.code === 421)
      throw new MailTrouble(smtpMessageRefusal(reply, 'message'), 'recipients', codesOf(reply))
    else rejected.push({ address, code: codesOf(reply), temporary: reply.code < 500 })
  }
  if (accepted.length > 0) return { accepted, rejected }
  const verdict = rejected.every(({ temporary }) => temporary)
    ? ({ is: 'unavailable', reason: 'temporarily_unavailable' } as const)
    : ({ is: 'refused', reason: 'recipients_refused' } as const)
  throw new MailTrouble(verdict, 'recipients', rejected[0]!.code)
}

async function sayMessage(session: SmtpSession, message: Buffer): Promise<void> {
  const ready = await session.command('body', 'DATA')
  if (ready.code !== 354) throw new MailTrouble(smtpMessageRefusal(ready, 'message'), 'body', codesOf(ready))
  const bytes = Buffer.from(asData(message), 'latin1')
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES)
    await session.send('body', bytes.subarray(at, at + CHUNK_BYTES))
  const reply = await lastReply(session)
  if (reply.code !== 250) throw new MailTrouble(smtpMessageRefusal(reply, 'message'), 'body', codesOf(reply))
}

/** From here on the server may have the message, whatever it says or fails to say. */
async function lastReply(session: SmtpSession): Promise<SmtpReply> {
  try {
    await session.send('body', Buffer.from('.\r\n'))
    return await session.patientReply('body')
  } catch (error) {
    throw error instanceof MailTrouble ? unreachable('delivery_unknown', 'body') : error
  }
}

/**
 * Every line ends in CR LF, and none is a single dot. Servers differ in what they take for the end of a message: a bare line feed
 * around a dot would begin a second message that its author never signed in for (SMTP smuggling).
 */
function asData(message: Buffer): string {
  const text = message
    .toString('latin1')
    .replace(/\r\n|\r|\n/g, '\r\n')
    .replace(/(^|\n)\./g, '$1..')
  return text.endsWith('\r\n') ? text : `${text}\r\n`
}
