import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { systemClock } from '../../src/clock.ts'
import { createGuard } from '../../src/net/guard.ts'
import type { MailOptions, MailServer } from '../../src/net/mail.ts'
import { Secret } from '../../src/secret.ts'
import { authority, localhostCertificate } from './certificates.ts'

export const PASSWORD = 'hunter2-Zürich "quoted\\"'
export const login = { user: 'ada@example.test', password: Secret.of(PASSWORD) }
export const tokenLogin = { user: 'ada@example.test', token: Secret.of('ya29.a-token-of-an-hour') }

export function mailOptions(more: Partial<MailOptions> = {}): MailOptions {
  return {
    clock: systemClock,
    guard: createGuard({ allowed: ['localhost', '127.0.0.0/8'] }),
    extraCa: [authority],
    ...more,
  }
}

/** One connection as the fake server sees it. */
export interface Talk {
  say(...lines: string[]): void
  raw(text: string | Buffer): void
  /** The next line; rejects when the client has gone. */
  hear(): Promise<string>
  upgrade(certificate?: Certificate): Promise<void>
  hangUp(): void
  readonly secured: boolean
}

export interface Certificate {
  key: string
  cert: string
}

export interface FakeMail extends AsyncDisposable {
  server(security: MailServer['security'], host?: string): MailServer
  connections: number
  /** Everything that came before TLS, and everything at all. */
  heardInClear: string
  heard: string
}

export async function fakeMail(
  script: (talk: Talk) => Promise<void> | void,
  tls?: Certificate | true,
): Promise<FakeMail> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    fake.connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    void serve(socket)
  })
  const fake: FakeMail = {
    connections: 0,
    heardInClear: '',
    heard: '',
    server: (security, host = 'localhost') => ({ host, port: (listener.address() as AddressInfo).port, security }),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }

  async function serve(plain: Socket): Promise<void> {
    let socket: Socket = plain
    let waiting = ''
    let wake = () => {}
    let gone = false
    const listen = () => {
      socket.setEncoding('latin1')
      socket.on('data', (text: string) => {
        waiting += text
        fake.heard += text
        if (!talk.secured) fake.heardInClear += text
        wake()
      })
      for (const event of ['close', 'end', 'error']) {
        socket.on(event, () => {
          gone = true
          wake()
        })
      }
    }
    const talk: Talk & { secured: boolean } = {
      secured: false,
      say: (...lines) => talk.raw(lines.map((line) => `${line}\r\n`).join('')),
      raw: (text) => {
        if (!socket.destroyed) socket.write(text)
      },
      hear: async () => {
        for (;;) {
          const end = waiting.indexOf('\r\n')
          if (end >= 0) {
            const line = waiting.slice(0, end)
            waiting = waiting.slice(end + 2)
            return line
          }
          if (gone) throw new Error('the client has gone')
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      },
      upgrade: async (certificate = localhostCertificate) => {
        plain.removeAllListeners('data')
        const wrapped = new TLSSocket(plain, { isServer: true, ...certificate })
        wrapped.on('error', () => undefined)
        socket = wrapped
        await Promise.race([once(wrapped, 'secure'), once(plain, 'close')])
        talk.secured = true
        listen()
      },
      hangUp: () => socket.destroy(),
    }
    try {
      if (tls) await talk.upgrade(tls === true ? localhostCertificate : tls)
      else listen()
      await script(talk)
    } catch (error) {
      // A client that leaves in the middle is what many of these scripts are for.
      if (!(error instanceof Error) || !/gone|aborted|ECONN|EPIPE|SSL|TLS/.test(error.message)) throw error
    }
  }

  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return fake
}

type Says = string | string[] | undefined

export interface SmtpFake {
  greeting?: string
  offers?: string[]
  offersInTls?: string[]
  /** Instead of the ordinary answer to a line. */
  on?: (line: string, talk: Talk) => Says | Promise<Says>
  certificate?: Certificate
}

/** An SMTP server that does everything right, but for what it is told to do otherwise. */
export function smtp({ greeting = '220 fake.test ESMTP', offers, offersInTls, on, certificate }: SmtpFake = {}) {
  return async (talk: Talk) => {
    let inData = false
    talk.say(greeting)
    for (;;) {
      const line = await talk.hear()
      if (inData) {
        if (line === '.') {
          inData = false
          talk.say(...[(await on?.('.', talk)) ?? '250 2.0.0 queued'].flat())
        }
        continue
      }
      const own = await on?.(line, talk)
      if (own !== undefined) {
        talk.say(...[own].flat())
        continue
      }
      const verb = line.split(' ')[0]!.toUpperCase()
      if (verb === 'EHLO') {
        const list = talk.secured
          ? (offersInTls ?? ['SIZE 100000', '8BITMIME', 'AUTH PLAIN LOGIN', 'SMTPUTF8'])
          : (offers ?? ['SIZE 100000', 'STARTTLS'])
        talk.say(...['fake.test', ...list].map((word, at) => `250${at === list.length ? ' ' : '-'}${word}`))
      } else if (verb === 'STARTTLS') {
        talk.say('220 2.0.0 go ahead')
        await talk.upgrade(certificate)
      } else if (verb === 'AUTH') talk.say('235 2.7.0 accepted')
      else if (verb === 'DATA') {
        inData = true
        talk.say('354 go on')
      } else if (verb === 'QUIT') {
        talk.say('221 bye')
        return
      } else talk.say('250 2.0.0 ok')
    }
  }
}

export interface ImapFake {
  greeting?: string
  offers?: string
  offersInTls?: string
  on?: (command: string, tag: string, talk: Talk) => Says | Promise<Says>
  certificate?: Certificate
}

/** The same for IMAP. */
export function imap({ greeting = '* OK ready', offers, offersInTls, on, certificate }: ImapFake = {}) {
  return async (talk: Talk) => {
    talk.say(greeting)
    for (;;) {
      const line = await talk.hear()
      const [tag = '', ...words] = line.split(' ')
      const own = await on?.(words.join(' '), tag, talk)
      if (own !== undefined) {
        talk.say(...[own].flat())
        continue
      }
      const verb = words[0]?.toUpperCase()
      if (verb === 'CAPABILITY') {
        const list = talk.secured
          ? (offersInTls ?? 'IMAP4rev1 AUTH=PLAIN NAMESPACE')
          : (offers ?? 'IMAP4rev1 STARTTLS LOGINDISABLED')
        talk.say(`* CAPABILITY ${list}`, `${tag} OK done`)
      } else if (verb === 'STARTTLS') {
        talk.say(`${tag} OK begin`)
        await talk.upgrade(certificate)
      } else if (verb === 'AUTHENTICATE') {
        talk.say('+ ')
        await talk.hear()
        talk.say(`${tag} OK in`)
      } else if (verb === 'NAMESPACE') talk.say('* NAMESPACE (("" "/")) NIL NIL', `${tag} OK done`)
      else if (verb === 'LOGOUT') {
        talk.say('* BYE', `${tag} OK out`)
        return
      } else talk.say(`${tag} OK done`)
    }
  }
}

/** Every form in which the password or token could appear. */
export function traces(text: string): string[] {
  const secrets = [PASSWORD, 'ya29.a-token-of-an-hour']
  const forms = secrets.flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64'),
    Buffer.from(`\0${login.user}\0${secret}`).toString('base64'),
    Buffer.from(`user=${login.user}\x01auth=Bearer ${secret}\x01\x01`).toString('base64'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('latin1'),
  ])
  return forms.filter((form) => text.includes(form))
}
