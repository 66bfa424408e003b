import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  checkImap,
  listMail,
  type MailLogin,
  type MailOptions,
  type MailServer,
  MailTrouble,
  readMail,
} from '../../src/net/mail.ts'
import { Secret } from '../../src/secret.ts'
import { elsewhereCertificate, expiredCertificate } from './certificates.ts'
import {
  fakeMail,
  type ImapFake,
  imap,
  login,
  mailOptions,
  PASSWORD,
  type Talk,
  tokenLogin,
  traces,
} from './fake-mail.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Both ways into a server: the check, and reading with the library. What they meet must be called by the same name. */
const ways = [
  ['a check', (server: MailServer, login: MailLogin, options: MailOptions) => checkImap(server, login, options)],
  [
    'reading',
    async (server: MailServer, login: MailLogin, options: MailOptions) => {
      try {
        return { is: 'ok', ...(await listMail(server, login, {}, options)) }
      } catch (error) {
        if (!(error instanceof MailTrouble)) throw error
        return { is: error.is, reason: error.reason, step: error.step, code: error.code, error }
      }
    },
  ],
] as const

describe('a check of an IMAP server', () => {
  it.each(['tls', 'starttls'] as const)('signs in over %s, opens no mailbox, and leaves', async (security) => {
    await using fake = await fakeMail(imap(), security === 'tls' || undefined)
    const result = await checkImap(fake.server(security), login, mailOptions())
    expect(result).toEqual({ is: 'ok', capabilities: ['IMAP4REV1', 'AUTH=PLAIN', 'NAMESPACE'] })
    expect(fake.heard).toContain(`\r\n${base64(`\0${login.user}\0${PASSWORD}`)}\r\n`)
    expect(fake.heard).toMatch(/LOGOUT\r\n$/)
    expect(fake.heard).not.toMatch(/SELECT|EXAMINE|FETCH|STATUS|LIST/)
    expect(traces(fake.heardInClear)).toEqual([])
  })

  it('uses the LOGIN command with literals where there is no mechanism, so that no letter is special', async () => {
    const said: string[] = []
    const on = async (command: string, tag: string, talk: Talk) => {
      if (!command.startsWith('LOGIN')) return undefined
      talk.say('+ go on')
      said.push(await talk.hear())
      talk.say('+ go on')
      said.push(Buffer.from(await talk.hear(), 'latin1').toString('utf8'))
      return `${tag} OK in`
    }
    await using fake = await fakeMail(imap({ offersInTls: 'IMAP4rev1', on }), true)
    expect(await checkImap(fake.server('tls'), login, mailOptions())).toMatchObject({ is: 'ok' })
    expect(said).toEqual([`${login.user} {${Buffer.byteLength(PASSWORD)}}`, PASSWORD])
  })

  it('says nothing where LOGIN is disabled', async () => {
    await using fake = await fakeMail(imap({ offersInTls: 'IMAP4rev1 LOGINDISABLED' }), true)
    expect(await checkImap(fake.server('tls'), login, mailOptions())).toMatchObject({
      is: 'restricted',
      reason: 'auth_method_unavailable',
    })
    expect(fake.heard).not.toContain('LOGIN ')
  })

  it('tells a mailbox that is not there behind a good login', async () => {
    const on = (command: string, tag: string) =>
      command === 'NAMESPACE' ? `${tag} BAD User is authenticated but not connected.` : undefined
    await using fake = await fakeMail(imap({ on }), true)
    expect(await checkImap(fake.server('tls'), login, mailOptions())).toMatchObject({
      is: 'restricted',
      reason: 'protocol_disabled',
    })
  })

  it('does not take a server that welcomes everybody for one that accepts the password', async () => {
    await using fake = await fakeMail(imap({ greeting: '* PREAUTH welcome' }), true)
    expect(await checkImap(fake.server('tls'), login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'greeting_bad',
    })
  })

  it('is not fooled by a challenge after the password', async () => {
    const on = async (command: string, _tag: string, talk: Talk) => {
      if (!command.startsWith('AUTHENTICATE')) return undefined
      talk.say('+ ')
      await talk.hear()
      return '+ and your birthday?'
    }
    await using fake = await fakeMail(imap({ on }), true)
    expect(await checkImap(fake.server('tls'), login, mailOptions())).toMatchObject({
      is: 'unavailable',
      reason: 'answer_bad',
    })
  })
})

describe.each(ways)('%s of mail over IMAP', (_way, visit) => {
  it('gives no password to whoever cuts STARTTLS out of the offers', async () => {
    await using fake = await fakeMail(imap({ offers: 'IMAP4rev1 AUTH=PLAIN' }))
    expect(await visit(fake.server('starttls'), login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'tls_not_offered',
    })
    expect(fake.heard).not.toMatch(/AUTHENTICATE|LOGIN/)
  })

  it.each(['NO not now', 'BAD what', 'OK but only said'])('nor to whoever answers STARTTLS with %s', async (answer) => {
    const on = (command: string, tag: string) => (command === 'STARTTLS' ? `${tag} ${answer}` : undefined)
    await using fake = await fakeMail(imap({ offers: 'IMAP4rev1 STARTTLS AUTH=PLAIN', on }))
    const result = await visit(
      fake.server('starttls'),
      login,
      mailOptions({ stepMilliseconds: 300, totalMilliseconds: 600 }),
    )
    expect(result).toMatchObject({ is: 'unreachable' })
    expect(fake.heard).not.toMatch(/AUTHENTICATE|LOGIN/)
  })

  it('nor to whoever greets in clear as if the sign-in were done', async () => {
    await using fake = await fakeMail(imap({ greeting: '* PREAUTH hello' }))
    expect(await visit(fake.server('starttls'), login, mailOptions({ totalMilliseconds: 2000 }))).not.toMatchObject({
      is: 'ok',
    })
    await using stripped = await fakeMail(imap({ greeting: '* PREAUTH hello', offers: 'IMAP4rev1' }))
    expect(await visit(stripped.server('starttls'), login, mailOptions())).toMatchObject({ is: 'unreachable' })
    expect(traces(fake.heardInClear + stripped.heard)).toEqual([])
  })

  it('refuses words that were put before TLS', async () => {
    const on = async (command: string, tag: string, talk: Talk) => {
      if (command !== 'STARTTLS') return undefined
      talk.raw(`${tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=LOGIN\r\n* OK injected\r\n`)
      await talk.upgrade()
      return []
    }
    await using fake = await fakeMail(imap({ on }))
    expect(await visit(fake.server('starttls'), login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'tls_injected',
    })
    expect(traces(fake.heard)).toEqual([])
  })

  it.each([
    ['for another name', elsewhereCertificate],
    ['that has expired', expiredCertificate],
  ])('refuses a certificate %s', async (_what, certificate) => {
    await using direct = await fakeMail(imap(), certificate)
    await using upgraded = await fakeMail(imap({ certificate }))
    expect(await visit(direct.server('tls'), login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'tls_invalid',
    })
    expect(await visit(upgraded.server('starttls'), login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'tls_invalid',
    })
    expect(traces(direct.heard + upgraded.heard)).toEqual([])
  })

  it('refuses an authority that nobody told us to trust', async () => {
    await using fake = await fakeMail(imap(), true)
    expect(await visit(fake.server('tls'), login, mailOptions({ extraCa: [] }))).toMatchObject({
      reason: 'tls_invalid',
    })
  })

  it.each([
    ['NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)', 'rejected', 'auth_rejected'],
    ['NO LOGIN failed.', 'rejected', 'auth_rejected'],
    ['NO [EXPIRED] change it', 'rejected', 'credential_expired'],
    ['NO [UNAVAILABLE] Temporary authentication failure.', 'unavailable', 'temporarily_unavailable'],
    ['NO [LIMIT] too many', 'limited', 'too_many_connections'],
    ['NO [ALERT] Too many simultaneous connections. (Failure)', 'limited', 'too_many_connections'],
    ['NO [CONTACTADMIN] call us', 'restricted', 'contact_admin'],
    [
      'NO [ALERT] Application-specific password required: https://support.example (Failure)',
      'restricted',
      'app_password_needed',
    ],
    ['NO [ALERT] Your account is not enabled for IMAP use.', 'restricted', 'protocol_disabled'],
    ['NO [AUTHENTICATIONFAILED] Basic authentication is disabled.', 'restricted', 'basic_auth_disabled'],
  ])('reads "%s" as %s: %s', async (answer, is, reason) => {
    const on = async (command: string, tag: string, talk: Talk) => {
      if (!command.startsWith('AUTHENTICATE')) return undefined
      talk.say('+ ')
      await talk.hear()
      return `${tag} ${answer}`
    }
    await using fake = await fakeMail(imap({ on }), true)
    expect(await visit(fake.server('tls'), login, mailOptions())).toMatchObject({ is, reason })
  })

  it('tells a refused token from one that lacks a scope', async () => {
    const refusing = (status: string): ImapFake => ({
      offersInTls: 'IMAP4rev1 AUTH=XOAUTH2 SASL-IR',
      on: async (command, tag, talk) => {
        if (!command.startsWith('AUTHENTICATE')) return undefined
        // One sends the token with the command, the other after being asked.
        if (command.split(' ').length === 2) {
          talk.say('+ ')
          await talk.hear()
        }
        talk.say(`+ ${base64(JSON.stringify({ status, schemes: 'Bearer' }))}`)
        await talk.hear()
        return `${tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)`
      },
    })
    await using dead = await fakeMail(imap(refusing('400')), true)
    expect(await visit(dead.server('tls'), tokenLogin, mailOptions())).toMatchObject({
      is: 'rejected',
      reason: 'auth_rejected',
    })
    await using narrow = await fakeMail(imap(refusing('insufficient_scope')), true)
    expect(await visit(narrow.server('tls'), tokenLogin, mailOptions())).toMatchObject({
      is: 'restricted',
      reason: 'scope_missing',
    })
  })

  it('says a token only to who takes tokens', async () => {
    await using fake = await fakeMail(imap(), true)
    expect(await visit(fake.server('tls'), tokenLogin, mailOptions())).toMatchObject({
      is: 'restricted',
      reason: 'auth_method_unavailable',
    })
    expect(traces(fake.heard)).toEqual([])
  })

  it('reads a good-bye instead of a greeting', async () => {
    await using full = await fakeMail((talk) => talk.say('* BYE Too many connections from your address'), true)
    expect(await visit(full.server('tls'), login, mailOptions())).toMatchObject({
      is: 'limited',
      reason: 'too_many_connections',
    })
    await using down = await fakeMail((talk) => talk.say('* BYE Down for maintenance'), true)
    expect(await visit(down.server('tls'), login, mailOptions())).toMatchObject({
      is: 'unavailable',
      reason: 'temporarily_unavailable',
    })
  })

  it.each([
    ['garbage', (talk: Talk) => talk.raw(Buffer.from('\x00\xff\xfe\r\n\r\n'))],
    ['HTTP', (talk: Talk) => talk.say('HTTP/1.1 400 Bad Request', '')],
    ['nothing', () => {}],
    ['a closed door', (talk: Talk) => talk.hangUp()],
  ])('survives %s for a greeting', async (_what, script) => {
    await using fake = await fakeMail(script, true)
    const result = await visit(
      fake.server('tls'),
      login,
      mailOptions({ stepMilliseconds: 300, totalMilliseconds: 900 }),
    )
    expect(result.is).toMatch(/unreachable|unavailable/)
  })

  it.each(['CAPABILITY', 'STARTTLS', 'AUTHENTICATE'])('survives a server that hangs up at %s', async (verb) => {
    const on = (command: string, _tag: string, talk: Talk) => {
      if (command.startsWith(verb)) talk.hangUp()
      return undefined
    }
    await using fake = await fakeMail(imap({ on }))
    const result = await visit(fake.server('starttls'), login, mailOptions({ totalMilliseconds: 2000 }))
    expect(result.is).toMatch(/unreachable|unavailable/)
  })

  it('survives a server that never stops talking', async () => {
    const flood = `${'* OK still here, and here is more of it\r\n'.repeat(20_000)}`
    await using fake = await fakeMail(async (talk) => {
      talk.say('* OK ready')
      for (let at = 0; at < 60; at += 1) {
        talk.raw(flood)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }, true)
    const result = await visit(fake.server('tls'), login, mailOptions())
    expect(result).toMatchObject({ is: 'unavailable', reason: 'answer_too_large' })
  })

  it('tells nothing of a password that the server repeats', async () => {
    const on = async (command: string, tag: string, talk: Talk) => {
      if (!command.startsWith('AUTHENTICATE')) return undefined
      talk.say('+ ')
      const said = await talk.hear()
      return [`* NO ${PASSWORD}`, `${tag} NO [AUTHENTICATIONFAILED] ${said} ${PASSWORD}`]
    }
    await using fake = await fakeMail(imap({ on }), true)
    const result = await visit(fake.server('tls'), login, mailOptions())
    expect(result).toMatchObject({ is: 'rejected', code: 'AUTHENTICATIONFAILED' })
    expect(traces(inspect(result, { depth: 10, showHidden: true }) + JSON.stringify(result))).toEqual([])
  })

  it('refuses a login that cannot be said without calling anybody', async () => {
    await using fake = await fakeMail(imap(), true)
    const result = await visit(fake.server('tls'), { user: 'a\r\nb', password: Secret.of('x') }, mailOptions())
    expect(result).toMatchObject({ is: 'rejected' })
    expect(fake.connections).toBe(0)
  })
})

describe('reading from a server that lies', () => {
  const mailbox = (fetch: (tag: string, talk: Talk) => string[]): ImapFake => ({
    on: (command, tag, talk) => {
      if (/^(EXAMINE|SELECT)/.test(command))
        return ['* 3 EXISTS', '* FLAGS ()', '* OK [UIDVALIDITY 1] ok', `${tag} OK [READ-ONLY] opened`]
      return /FETCH/.test(command) ? fetch(tag, talk) : undefined
    },
  })

  it('takes no more messages than it asked for', async () => {
    const fetch = (tag: string) => [
      ...Array.from({ length: 500 }, (_, at) => `* ${at + 1} FETCH (UID ${at + 1} FLAGS () RFC822.SIZE 10)`),
      `${tag} OK done`,
    ]
    await using fake = await fakeMail(imap(mailbox(fetch)), true)
    const { messages } = await listMail(fake.server('tls'), login, { limit: 2 }, mailOptions())
    expect(messages.length).toBeLessThanOrEqual(2)
    expect(fake.heard).toContain('EXAMINE')
    expect(fake.heard).not.toContain('SELECT')
  })

  it('reads no literal of a gigabyte, and no message under another number', async () => {
    const huge = (tag: string) => ['* 1 FETCH (UID 1 ENVELOPE ({1000000000}', 'x', `${tag} OK done`]
    await using fake = await fakeMail(imap(mailbox(huge)), true)
    await expect(
      listMail(fake.server('tls'), login, {}, mailOptions({ totalMilliseconds: 3000 })),
    ).rejects.toMatchObject({
      is: 'unavailable',
      reason: 'answer_too_large',
    })
    const other = (tag: string) => ['* 1 FETCH (UID 99 FLAGS ())', `${tag} OK done`]
    await using swapped = await fakeMail(imap(mailbox(other)), true)
    await expect(readMail(swapped.server('tls'), login, { uid: 7 }, mailOptions())).rejects.toMatchObject({
      reason: 'message_missing',
    })
  })

  it('lets no name of a mailbox become a command', async () => {
    await using fake = await fakeMail(imap(), true)
    await expect(
      listMail(fake.server('tls'), login, { mailbox: 'a\r\nX DELETE INBOX' }, mailOptions()),
    ).rejects.toMatchObject({
      code: 'request.invalid',
    })
    expect(fake.connections).toBe(0)
  })
})
