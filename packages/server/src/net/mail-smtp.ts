import { codesOf, type SmtpReply, smtpGreetingRefusal, smtpLoginRefusal } from './mail-refusals.ts'
import { chooseMechanism, isSayable, lacksScope, passwordResponse, response, surrender } from './mail-sasl.ts'
import { MailWire } from './mail-wire.ts'
import {
  checkFailed,
  type MailCheck,
  type MailLogin,
  type MailOptions,
  type MailServer,
  type MailStep,
  MailTrouble,
  unavailable,
  unreachable,
} from './mail-words.ts'

/** Greeting, EHLO, STARTTLS, EHLO, AUTH, QUIT. Nothing is sent. */
export async function checkSmtp(server: MailServer, login: MailLogin, options: MailOptions): Promise<MailCheck> {
  try {
    const session = await openSmtp(server, login, options)
    await session.leave()
    return { is: 'ok', capabilities: session.capabilities }
  } catch (error) {
    return checkFailed(error)
  }
}

/** Signed in, or thrown. The credential is said inside TLS only, after what was learned outside has been forgotten. */
export async function openSmtp(server: MailServer, login: MailLogin, options: MailOptions): Promise<SmtpSession> {
  if (!isSayable(login)) throw new MailTrouble({ is: 'rejected', reason: 'auth_rejected' }, 'login')
  const session = new SmtpSession(await MailWire.open(server, options))
  try {
    await session.greet()
    if (server.security === 'starttls') await session.startTls()
    await session.login(login, server)
    return session
  } catch (error) {
    session.close()
    if (error instanceof MailTrouble) error.capabilities = session.capabilities
    throw error
  }
}

export class SmtpSession {
  readonly #wire: MailWire
  /** Lines of the last EHLO, by keyword. */
  #offers = new Map<string, string>()

  constructor(wire: MailWire) {
    this.#wire = wire
  }

  get capabilities(): string[] {
    return [...this.#offers.values()]
  }

  /** The words behind a keyword: the mechanisms of AUTH, the limit of SIZE. */
  offer(keyword: string): string | undefined {
    return this.#offers.get(keyword)?.slice(keyword.length + 1)
  }

  async greet(): Promise<void> {
    const greeting = await this.#reply('greeting')
    if (greeting.code !== 220) throw this.#refusal(greeting, 'greeting')
    await this.#hello()
  }

  async startTls(): Promise<void> {
    // An attacker in between can cut the offer out: then there is no login, rather than one in clear.
    if (this.offer('STARTTLS') === undefined) throw unreachable('tls_not_offered', 'starttls')
    const reply = await this.command('starttls', 'STARTTLS')
    if (reply.code >= 500) throw unreachable('tls_not_offered', 'starttls')
    if (reply.code !== 220) throw this.#refusal(reply, 'starttls')
    await this.#wire.startTls()
    await this.#hello()
  }

  async login(login: MailLogin, server: MailServer): Promise<void> {
    if (!this.#wire.secured) throw unreachable('tls_not_offered', 'login')
    const mechanism = chooseMechanism(new Set(this.offer('AUTH')?.toUpperCase().split(' ')), login)
    if (!mechanism) throw new MailTrouble({ is: 'restricted', reason: 'auth_method_unavailable' }, 'login')
    let reply: SmtpReply
    if (mechanism === 'LOGIN') {
      reply = await this.command('login', 'AUTH LOGIN')
      if (reply.code === 334) reply = await this.command('login', Buffer.from(login.user).toString('base64'))
      if (reply.code === 334) reply = await this.#say(passwordResponse(login))
    } else {
      reply = await this.#say(response(mechanism, login, server), `AUTH ${mechanism} `)
      if (reply.code === 334 && login.token) {
        const scope = lacksScope(reply.text)
        reply = await this.command('login', surrender(mechanism))
        if (scope && reply.code >= 500)
          throw new MailTrouble({ is: 'restricted', reason: 'scope_missing' }, 'login', codesOf(reply))
      }
    }
    if (reply.code === 235) return
    if (reply.code < 400) throw unavailable('answer_bad', 'login')
    throw new MailTrouble(smtpLoginRefusal(reply), 'login', codesOf(reply))
  }

  async command(step: MailStep, line: string): Promise<SmtpReply> {
    await this.#wire.write(step, `${line}\r\n`)
    return this.#reply(step)
  }

  async send(step: MailStep, bytes: Uint8Array): Promise<void> {
    await this.#wire.write(step, bytes)
  }

  /** Servers look for viruses before they take a message over, which may last. */
  patientReply(step: MailStep): Promise<SmtpReply> {
    return this.#reply(step, true)
  }

  leave(): Promise<void> {
    return this.#wire.leave('QUIT\r\n')
  }

  close(): void {
    this.#wire.close()
  }

  async #hello(): Promise<void> {
    this.#offers = new Map()
    // A name would tell strangers how machines are called in here: it ends in the head of every message.
    const reply = await this.command('hello', 'EHLO [127.0.0.1]')
    if (reply.code !== 250) throw this.#refusal(reply, 'hello')
    for (const line of reply.text.split('\n').slice(1)) {
      // Some old servers write AUTH=PLAIN.
      const offer = line.trim().replace(/^AUTH=/i, 'AUTH ')
      const keyword = offer.split(' ')[0]!.toUpperCase()
      if (/^[A-Z0-9-]{1,40}$/.test(keyword))
        this.#offers.set(keyword, `${keyword}${offer.slice(keyword.length)}`.slice(0, 200))
    }
  }

  async #say(secret: Buffer, head = ''): Promise<SmtpReply> {
    const line = Buffer.concat([Buffer.from(head), secret, Buffer.from('\r\n')])
    secret.fill(0)
    try {
      await this.#wire.write('login', line)
    } finally {
      line.fill(0)
    }
    return this.#reply('login')
  }

  async #reply(step: MailStep, patiently = false): Promise<SmtpReply> {
    const texts: string[] = []
    let code: string | undefined
    for (;;) {
      const parts = /^(\d{3})(?:([ -])(.*))?$/.exec(await this.#wire.readLine(step, patiently))
      if (!parts || (code !== undefined && parts[1] !== code)) {
        throw step === 'greeting' ? unreachable('greeting_bad', step) : unavailable('answer_bad', step)
      }
      code = parts[1]!
      texts.push(parts[3] ?? '')
      if (parts[2] !== '-') break
    }
    const enhanced = /^([245]\.\d{1,3}\.\d{1,3})\b/.exec(texts[0]!)?.[1]
    return { code: Number(code), ...(enhanced ? { enhanced } : {}), text: texts.join('\n') }
  }

  #refusal(reply: SmtpReply, step: MailStep): MailTrouble {
    if (reply.code < 400)
      return step === 'greeting' ? unreachable('greeting_bad', step) : unavailable('answer_bad', step)
    return new MailTrouble(smtpGreetingRefusal(reply), step, codesOf(reply))
  }
}
