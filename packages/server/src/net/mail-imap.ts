import { type ImapStatus, imapLoginRefusal, imapRefusal } from './mail-refusals.ts'
import {
  chooseMechanism,
  isSayable,
  lacksScope,
  type Mechanism,
  passwordLiteral,
  passwordResponse,
  response,
  surrender,
} from './mail-sasl.ts'
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

/** Greeting, CAPABILITY, STARTTLS, CAPABILITY, LOGIN or AUTHENTICATE, CAPABILITY, LOGOUT. No mailbox is opened. */
export async function checkImap(server: MailServer, login: MailLogin, options: MailOptions): Promise<MailCheck> {
  let session: ImapSignIn | undefined
  try {
    if (!isSayable(login)) throw new MailTrouble({ is: 'rejected', reason: 'auth_rejected' }, 'login')
    session = new ImapSignIn(await MailWire.open(server, options))
    await session.greet(server)
    await session.login(login, server)
    await session.lookAround()
    await session.leave()
    return { is: 'ok', capabilities: session.capabilities }
  } catch (error) {
    return { ...checkFailed(error), capabilities: session?.capabilities ?? [] }
  } finally {
    session?.close()
  }
}

interface Answer {
  status: 'OK' | 'NO' | 'BAD'
  code?: string
  text: string
}

class ImapSignIn {
  readonly #wire: MailWire
  #offers = new Set<string>()
  #tags = 0
  #atLogin = false

  constructor(wire: MailWire) {
    this.#wire = wire
  }

  get capabilities(): string[] {
    return [...this.#offers]
  }

  async greet(server: MailServer): Promise<void> {
    const greeting = await this.#wire.readLine('greeting')
    this.#bye(greeting, 'greeting')
    // PREAUTH means that nobody will look at the login; in clear it is also a way to refuse STARTTLS.
    if (!/^\* OK\b/i.test(greeting)) throw unreachable('greeting_bad', 'greeting')
    if (server.security === 'starttls') {
      await this.#askCapabilities('hello')
      if (!this.#offers.has('STARTTLS')) throw unreachable('tls_not_offered', 'starttls')
      const answer = await this.#command('starttls', 'STARTTLS')
      if (answer.status !== 'OK') throw unreachable('tls_not_offered', 'starttls')
      await this.#wire.startTls()
    }
    await this.#askCapabilities('hello')
  }

  async login(login: MailLogin, server: MailServer): Promise<void> {
    if (!this.#wire.secured) throw unreachable('tls_not_offered', 'login')
    const offered = new Set([...this.#offers].filter((name) => name.startsWith('AUTH=')).map((name) => name.slice(5)))
    const mechanism = chooseMechanism(offered, login)
    this.#atLogin = true
    const answer = mechanism ? await this.#authenticate(mechanism, login, server) : await this.#plainLogin(login)
    this.#atLogin = false
    if (answer.status === 'OK') return
    throw new MailTrouble(imapLoginRefusal(answer as ImapStatus), 'login', answer.code)
  }

  /** Exchange lets in whoever has no mailbox, and says so at the next command. Neither of these reads anything. */
  async lookAround(): Promise<void> {
    await this.#askCapabilities('login')
    if (!this.#offers.has('NAMESPACE')) return
    const answer = await this.#command('login', 'NAMESPACE')
    if (answer.status === 'OK') return
    const verdict = imapRefusal(answer as ImapStatus)
    if (verdict.is === 'restricted') throw new MailTrouble(verdict, 'login', answer.code)
  }

  leave(): Promise<void> {
    return this.#wire.leave(`${this.#nextTag()} LOGOUT\r\n`)
  }

  close(): void {
    this.#wire.close()
  }

  async #authenticate(mechanism: Mechanism, login: MailLogin, server: MailServer): Promise<Answer> {
    const tag = this.#nextTag()
    const secrets =
      mechanism === 'LOGIN'
        ? [Buffer.from(Buffer.from(login.user).toString('base64')), passwordResponse(login)]
        : [response(mechanism, login, server)]
    let scope = false
    await this.#wire.write('login', `${tag} AUTHENTICATE ${mechanism}\r\n`)
    for (;;) {
      const next = await this.#answerOrChallenge('login', tag)
      if ('status' in next) {
        for (const secret of secrets) secret.fill(0)
        if (scope && next.status !== 'OK')
          throw new MailTrouble({ is: 'restricted', reason: 'scope_missing' }, 'login', next.code)
        return next
      }
      const secret = secrets.shift()
      if (secret) await this.#say(secret)
      else {
        if (!login.token) throw unavailable('answer_bad', 'login')
        scope = lacksScope(next.challenge)
        await this.#wire.write('login', `${surrender(mechanism)}\r\n`)
      }
    }
  }

  /** Literals carry any byte, and wait for the server's word before each of them. */
  async #plainLogin(login: MailLogin): Promise<Answer> {
    if (!login.password || this.#offers.has('LOGINDISABLED')) {
      throw new MailTrouble({ is: 'restricted', reason: 'auth_method_unavailable' }, 'login')
    }
    const tag = this.#nextTag()
    const user = Buffer.from(login.user)
    await this.#wire.write('login', `${tag} LOGIN {${user.byteLength}}\r\n`)
    const first = await this.#answerOrChallenge('login', tag)
    if ('status' in first) return first
    await this.#wire.write('login', Buffer.concat([user, Buffer.from(` {${login.password.byteLength}}\r\n`)]))
    const second = await this.#answerOrChallenge('login', tag)
    if ('status' in second) return second
    await this.#say(passwordLiteral(login))
    const last = await this.#answerOrChallenge('login', tag)
    if (!('status' in last)) throw unavailable('answer_bad', 'login')
    return last
  }

  async #say(secret: Buffer): Promise<void> {
    const line = Buffer.concat([secret, Buffer.from('\r\n')])
    secret.fill(0)
    try {
      await this.#wire.write('login', line)
    } finally {
      line.fill(0)
    }
  }

  async #askCapabilities(step: MailStep): Promise<void> {
    this.#offers = new Set()
    const answer = await this.#command(step, 'CAPABILITY')
    if (answer.status !== 'OK') throw new MailTrouble(imapRefusal(answer as ImapStatus), step, answer.code)
  }

  async #command(step: MailStep, line: string): Promise<Answer> {
    const tag = this.#nextTag()
    await this.#wire.write(step, `${tag} ${line}\r\n`)
    const answer = await this.#answerOrChallenge(step, tag)
    if (!('status' in answer)) throw unavailable('answer_bad', step)
    return answer
  }

  async #answerOrChallenge(step: MailStep, tag: string): Promise<Answer | { challenge: string }> {
    for (;;) {
      const line = await this.#wire.readLine(step)
      if (line.startsWith('+')) return { challenge: line.slice(1).trim() }
      this.#bye(line, step)
      const offers = /^\* CAPABILITY (.*)$/i.exec(line)?.[1]
      if (offers) {
        const names = offers.split(' ').filter((name) => /^[\w=+.:;/-]{1,60}$/.test(name))
        this.#offers = new Set(names.slice(0, 200).map((name) => name.toUpperCase()))
      } else if (line.startsWith(`${tag} `)) return statusOf(line.slice(tag.length + 1), step)
      else if (!line.startsWith('* ')) throw unavailable('answer_bad', step)
    }
  }

  #bye(line: string, step: MailStep): void {
    const text = /^\* BYE\b ?(.*)$/i.exec(line)?.[1]
    if (text === undefined) return
    const { code, text: said } = withCode(text)
    const bye: ImapStatus = { status: 'BYE', ...(code ? { code } : {}), text: said }
    throw new MailTrouble(this.#atLogin ? imapLoginRefusal(bye) : imapRefusal(bye), step, code)
  }

  #nextTag(): string {
    this.#tags += 1
    return `C${this.#tags}`
  }
}

function statusOf(text: string, step: MailStep): Answer {
  const parts = /^(OK|NO|BAD)\b ?(.*)$/i.exec(text)
  if (!parts) throw unavailable('answer_bad', step)
  return { status: parts[1]!.toUpperCase() as Answer['status'], ...withCode(parts[2]!) }
}

function withCode(text: string): { code?: string; text: string } {
  const parts = /^\[([A-Z0-9-]{1,40})(?: [^\]]*)?\] ?(.*)$/i.exec(text)
  return parts ? { code: parts[1]!.toUpperCase(), text: parts[2]! } : { text }
}
