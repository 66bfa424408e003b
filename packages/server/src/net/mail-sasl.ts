import type { MailLogin, MailServer } from './mail-words.ts'

/** Mechanisms that say the credential itself, which is why they are used inside TLS only. */
export type Mechanism = 'OAUTHBEARER' | 'XOAUTH2' | 'PLAIN' | 'LOGIN'

export function chooseMechanism(offered: ReadonlySet<string>, login: MailLogin): Mechanism | undefined {
  const able: readonly Mechanism[] = login.token ? ['OAUTHBEARER', 'XOAUTH2'] : ['PLAIN', 'LOGIN']
  return able.find((mechanism) => offered.has(mechanism))
}

/** Parts are divided by NUL and ^A: a value that holds one would be read as somebody else's part. */
export function isSayable({ user, password, token }: MailLogin): boolean {
  const secret = token ?? password
  if (user === '' || /\p{Cc}/u.test(user) || !secret || secret.byteLength === 0) return false
  return !secret.revealBytes().some((byte) => byte < 0x20 || byte === 0x7f)
}

/** The one message of every mechanism but LOGIN, in base64. Wipe it when it has been sent. */
export function response(mechanism: Exclude<Mechanism, 'LOGIN'>, login: MailLogin, server: MailServer): Buffer {
  if (mechanism === 'PLAIN') return base64(Buffer.from(`\0${login.user}\0`), login.password!.revealBytes())
  const token = login.token!.revealBytes()
  if (mechanism === 'XOAUTH2')
    return base64(Buffer.from(`user=${login.user}\x01auth=Bearer `), token, Buffer.from('\x01\x01'))
  const user = login.user.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const head = `n,a=${user},\x01host=${server.host}\x01port=${server.port}\x01auth=Bearer `
  return base64(Buffer.from(head), token, Buffer.from('\x01\x01'))
}

export function passwordResponse(login: MailLogin): Buffer {
  return base64(login.password!.revealBytes())
}

/** For the LOGIN command of IMAP: the value itself, to be sent as a literal. Wipe it when it has been sent. */
export function passwordLiteral(login: MailLogin): Buffer {
  return Buffer.concat([login.password!.revealBytes()])
}

/** Ends the exchange after the server has said in a challenge why it refuses a token. */
export function surrender(mechanism: Mechanism): string {
  return mechanism === 'OAUTHBEARER' ? 'AQ==' : ''
}

/** Whether the challenge that comes before a refusal says that the token is good but lacks a scope. */
export function lacksScope(challenge: string): boolean {
  try {
    const { status } = JSON.parse(Buffer.from(challenge, 'base64').toString('utf8')) as { status?: unknown }
    return status === 'insufficient_scope' || String(status) === '403'
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false
    throw error
  }
}

function base64(...parts: Buffer[]): Buffer {
  const whole = Buffer.concat(parts)
  const encoded = Buffer.from(whole.toString('base64'), 'latin1')
  whole.fill(0)
  return encoded
}
