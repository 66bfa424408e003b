import { fill, type Json, type MailServer as MailServerWords, missing, placeholders } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import type { Usable } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Guard } from '../net/guard.ts'
import type { MailList, OutgoingMail, ReadMail, SentMail } from '../net/mail.ts'
import type { MailLogin, MailOptions, MailServer } from '../net/mail-words.ts'
import type { Described } from '../target/target.ts'
import { type Given, invalidInput } from './input.ts'

/** What is done at a mailbox, and by which server. */
export interface Mailbox {
  send(server: MailServer, login: MailLogin, mail: OutgoingMail): Promise<SentMail>
  list(
    server: MailServer,
    login: MailLogin,
    what: { mailbox?: string; limit?: number; unseen?: boolean; since?: number },
  ): Promise<MailList>
  read(server: MailServer, login: MailLogin, what: { mailbox?: string; uid: number }): Promise<ReadMail>
}

/** Through the guard: a name is looked up once, and what it led to is what is called. */
export function createMailbox(options: Pick<MailOptions, 'extraCa'> & { clock: Clock; guard: Guard }): Mailbox {
  // Imported late: few connections are mailboxes.
  const mail = () => import('../net/mail.ts')
  return {
    send: async (server, login, message) => (await mail()).sendMail(server, login, message, options),
    list: async (server, login, what) => (await mail()).listMail(server, login, what, options),
    read: async (server, login, what) => (await mail()).readMail(server, login, what, options),
  }
}

export type MailAct =
  | { does: 'send'; server: MailServer; mail: OutgoingMail }
  | { does: 'list'; server: MailServer; what: Parameters<Mailbox['list']>[2] }
  | { does: 'read'; server: MailServer; what: Parameters<Mailbox['read']>[2] }

/** What is to be done, from what is public of the connection. */
export function mailAct(does: MailAct['does'], of: Described, input: Given): MailAct {
  const words = of.method.send.mail
  if (!words) throw new Problem('service.value_missing', { name: 'the mail servers' })
  if (does === 'send') return { does, server: serverOf(words.smtp, of, 'SMTP'), mail: mailOf(of, input) }
  if (!words.imap) throw new Problem('service.value_missing', { name: 'the IMAP server' })
  const server = serverOf(words.imap, of, 'IMAP')
  const { mailbox, limit, unseen, since, message } = input as Record<string, string | number | boolean | undefined>
  const at = mailbox === undefined ? {} : { mailbox: String(mailbox) }
  if (does === 'read') return { does, server, what: { ...at, uid: Number(message) } }
  return {
    does,
    server,
    what: {
      ...at,
      ...(limit === undefined ? {} : { limit: Number(limit) }),
      ...(unseen === undefined ? {} : { unseen: unseen === true }),
      ...(since === undefined ? {} : { since: instantOf(String(since)) }),
    },
  }
}

/** The secret as it is: it is opened where it is said to the server. */
export function loginOf({ method, open, values }: Usable): MailLogin {
  const words = method.send.mail!
  const named = (template: string | undefined) => template && values[placeholders(template)[0] ?? '']
  const [password, token] = [named(words.password), named(words.token)]
  return { user: fill(words.user, open), ...(password ? { password } : {}), ...(token ? { token } : {}) }
}

function serverOf({ host, port, security }: MailServerWords, { values }: Described, name: string): MailServer {
  if (missing(`${host}${port}${security}`, values).length > 0) {
    throw new Problem('service.value_missing', { name: `the ${name} server` })
  }
  return {
    host: fill(host, values),
    port: Number(fill(port, values)),
    security: fill(security, values) as MailServer['security'],
  }
}

function mailOf({ method, values }: Described, input: Given): OutgoingMail {
  const { user, sender } = method.send.mail!
  const isNamed = sender !== undefined && missing(sender, values).length === 0
  const from = fill(isNamed ? sender : user, values)
  // Some providers sign people in by a bare name.
  if (!from.includes('@')) throw new Problem('service.value_missing', { name: 'the sender' })
  const { to, cc, bcc, subject, text, html, replyTo, attachments } = input
  // In a head, a new line begins a new header.
  if (/\p{Cc}/u.test(String(subject ?? ''))) throw invalidInput('subject', 'must be one line')
  return {
    from: { address: from },
    to: addresses(to),
    ...(cc === undefined ? {} : { cc: addresses(cc) }),
    ...(bcc === undefined ? {} : { bcc: addresses(bcc) }),
    ...(replyTo === undefined ? {} : { replyTo: { address: String(replyTo) } }),
    subject: String(subject ?? ''),
    text: String(text ?? ''),
    ...(html === undefined ? {} : { html: String(html) }),
    ...(attachments === undefined ? {} : { attachments: attachmentsOf(attachments) }),
  }
}

function addresses(given: Json | undefined): { address: string }[] {
  return ([given ?? []].flat() as Json[]).map((address) => ({ address: String(address) }))
}

const MOST_ATTACHED = 20

function attachmentsOf(given: Json): NonNullable<OutgoingMail['attachments']> {
  if (!Array.isArray(given)) throw invalidInput('attachments', 'must be a list')
  if (given.length > MOST_ATTACHED) throw invalidInput('attachments', `has more than ${MOST_ATTACHED} entries`)
  return given.map((each: unknown, at) => {
    const { name, type = 'application/octet-stream', base64, ...more } = Object(each) as Record<string, unknown>
    const wrong = (message: string) => invalidInput(`attachments.${at}`, message)
    const [stranger] = Object.keys(more)
    if (stranger !== undefined) throw wrong(`has ${stranger.slice(0, 50)}, which nobody asked for`)
    if (typeof name !== 'string' || typeof type !== 'string' || typeof base64 !== 'string') {
      throw wrong('needs a name and its bytes as base64')
    }
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) throw wrong('is no base64')
    return { name, type, content: Buffer.from(base64, 'base64') }
  })
}

function instantOf(text: string): number {
  return Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`)
}
