import type { ImapFlow } from 'imapflow'
import type { Pinned } from './guard.ts'
import { atFirstAddress, Deadline, LEAVE_MILLISECONDS, socketTrouble, tlsOptions } from './mail-network.ts'
import { type ImapStatus, imapLoginRefusal, imapRefusal } from './mail-refusals.ts'
import { isSayable } from './mail-sasl.ts'
import {
  type MailLogin,
  type MailOptions,
  type MailServer,
  type MailStep,
  MailTrouble,
  unavailable,
  unreachable,
} from './mail-words.ts'

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024
const MAX_RECEIVED_BYTES = 16 * 1024 * 1024
const LOOK_EVERY_MILLISECONDS = 200

/** Signs in, opens a mailbox for reading only (EXAMINE: nothing in it can change, no message becomes seen), works, leaves. */
export async function inMailbox<T>(
  server: MailServer,
  login: MailLogin,
  path: string,
  options: MailOptions,
  work: (client: ImapFlow) => Promise<T>,
): Promise<T> {
  if (!isSayable(login)) throw new MailTrouble({ is: 'rejected', reason: 'auth_rejected' }, 'login')
  const deadline = new Deadline(options)
  return atFirstAddress(server, options, deadline, async (pinned) => {
    const client = await build(server, login, pinned, options, deadline)
    const excess = watch(client, options)
    let step: MailStep = 'login'
    const visit = async (): Promise<T> => {
      try {
        await client.connect()
        step = 'mailbox'
        await client.mailboxOpen(path, { readOnly: true })
        step = 'message'
        return await work(client)
      } catch (error) {
        throw troubleOf(error, client, step)
      }
    }
    try {
      const result = await deadline.whole('message', Promise.race([visit(), excess.noticed]))
      // The result is there: a server that hangs up first takes nothing from it.
      await deadline.step('message', client.logout(), LEAVE_MILLISECONDS).catch(() => undefined)
      return result
    } finally {
      excess.stop()
      client.close()
    }
  })
}

async function build(
  server: MailServer,
  login: MailLogin,
  pinned: Pinned,
  options: MailOptions,
  deadline: Deadline,
): Promise<ImapFlow> {
  const { ImapFlow } = await import('imapflow')
  const { host: _name, ...tls } = tlsOptions(server, options.extraCa)
  return new ImapFlow({
    host: pinned.address,
    port: server.port,
    // Without a name the address is what the certificate must hold.
    ...(tls.servername ? { servername: tls.servername } : {}),
    ...(server.security === 'tls' ? { secure: true } : { secure: false, doSTARTTLS: true }),
    tls: tls as NonNullable<ConstructorParameters<typeof ImapFlow>[0]>['tls'] & object,
    auth: login.token
      ? { user: login.user, accessToken: login.token.reveal() }
      : { user: login.user, pass: login.password!.reveal() },
    // Its log would hold what is read.
    logger: false,
    clientInfo: { name: 'Cardea', version: '0', vendor: 'Cardea', 'support-url': '' },
    disableAutoIdle: true,
    // A few bytes could be inflated into gigabytes.
    disableCompression: true,
    connectionTimeout: deadline.stepMilliseconds,
    greetingTimeout: deadline.stepMilliseconds,
    socketTimeout: deadline.stepMilliseconds,
    maxLineLength: MAX_RESPONSE_BYTES,
    maxLiteralSize: MAX_RESPONSE_BYTES,
    maxResponseSize: 2 * MAX_RESPONSE_BYTES,
  })
}

/** The library limits each response, not how many there are. */
function watch(client: ImapFlow, { clock }: MailOptions): { noticed: Promise<never>; stop: () => void } {
  let stop = () => {}
  const noticed = new Promise<never>((_resolve, reject) => {
    client.on('error', (error: unknown) => reject(troubleOf(error, client, 'message')))
    stop = clock.every(LOOK_EVERY_MILLISECONDS, () => {
      if (client.stats().received > MAX_RECEIVED_BYTES) reject(unavailable('answer_too_large', 'message'))
    })
  })
  return { noticed, stop }
}

interface LibraryError {
  code?: string
  message?: string
  authenticationFailed?: boolean
  tlsFailed?: boolean
  mailboxMissing?: boolean
  responseStatus?: 'NO' | 'BAD'
  responseText?: string
  serverResponseCode?: string
  response?: unknown
  reason?: string
  oauthError?: { status?: unknown }
}

const TOO_LARGE = /^(LineTooLarge|LiteralTooLarge|ResponseTooLarge|DownloadOverflow|MAX_IMAP_NESTING_REACHED)$/
const UNREADABLE = /^(ParserError|InvalidResponse|UnexpectedTag|ResponseProcessingFailed)/
const GONE = /^(NoConnection|EConnectionClosed|StateLogout|ClosedAfterConnect)/
const NOT_CONNECTED = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/
const NO_MECHANISM = /unsupported authentication mechanism|login is disabled|no matching authentication/i

/** The library's errors hold commands and answers: only what they mean leaves this file. */
function troubleOf(error: unknown, client: ImapFlow, step: MailStep): unknown {
  if (error instanceof MailTrouble || !(error instanceof Error)) return error
  const told = error as LibraryError
  const code = told.code ?? ''
  const text = told.responseText ?? (typeof told.response === 'string' ? told.response : '')
  const said: ImapStatus = {
    status: told.responseStatus ?? 'NO',
    ...(told.serverResponseCode ? { code: told.serverResponseCode } : {}),
    text,
  }
  if (code === 'ETHROTTLE') return new MailTrouble({ is: 'limited', reason: 'too_many_attempts' }, step)
  if (code === 'STARTTLS_INJECTION') return unreachable('tls_injected', 'starttls')
  if (/_TIMEOUT$|^ETIMEOUT$/.test(code)) {
    return unreachable(
      'timed_out',
      code === 'CONNECT_TIMEOUT' ? 'connect' : code === 'GREETING_TIMEOUT' ? 'greeting' : step,
    )
  }
  if (told.tlsFailed && code === '') return unreachable('tls_not_offered', 'starttls')
  if (TOO_LARGE.test(code)) return unavailable('answer_too_large', step)
  if (UNREADABLE.test(code)) return unavailable('answer_bad', step)
  if (NO_MECHANISM.test(error.message))
    return new MailTrouble({ is: 'restricted', reason: 'auth_method_unavailable' }, 'login')
  if (told.authenticationFailed) {
    const scope = told.oauthError?.status === 'insufficient_scope' || String(told.oauthError?.status) === '403'
    const verdict = scope ? ({ is: 'restricted', reason: 'scope_missing' } as const) : imapLoginRefusal(said)
    return new MailTrouble(verdict, 'login', said.code)
  }
  if (GONE.test(code)) {
    const bye = told.reason ?? client.byeReason
    if (!bye) return unreachable('connection_lost', step)
    return new MailTrouble(imapRefusal({ status: 'BYE', text: bye }), step)
  }
  if (told.mailboxMissing) return new MailTrouble({ is: 'refused', reason: 'mailbox_missing' }, 'mailbox')
  if (told.responseStatus) return new MailTrouble(imapRefusal(said), step, said.code)
  return code === ''
    ? unavailable('answer_bad', step)
    : socketTrouble(error, NOT_CONNECTED.test(code) ? 'connect' : step)
}
