import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createGuard } from '../../src/net/guard.ts'
import { checkSmtp } from '../../src/net/mail.ts'
import { createTestClock } from '../clock.ts'
import { elsewhereCertificate, expiredCertificate } from './certificates.ts'
import {
  fakeMail,
  login,
  mailOptions,
  PASSWORD,
  type SmtpFake,
  smtp,
  type Talk,
  tokenLogin,
  traces,
} from './fake-mail.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a check of an SMTP server', () => {
  it.each(['tls', 'starttls'] as const)('signs in over %s, tells what it saw, and sends nothing', async (security) => {
    await using fake = await fakeMail(smtp(), security === 'tls' || undefined)
    const result = await checkSmtp(fake.server(security), login, mailOptions())
    expect(result).toEqual({ is: 'ok', capabilities: ['SIZE 100000', '8BITMIME', 'AUTH PLAIN LOGIN', 'SMTPUTF8'] })
    expect(fake.heard).toContain(`AUTH PLAIN ${base64(`\0${login.user}\0${PASSWORD}`)}\r\n`)
    expect(fake.heard).toMatch(/QUIT\r\n$/)
    expect(fake.heard).not.toMatch(/MAIL|RCPT|DATA/)
    expect(traces(fake.heardInClear)).toEqual([])
  })

  it('uses LOGIN where PLAIN is not offered, and reads AUTH= as old servers write it', async () => {
    const said: string[] = []
    const on = (line: string) => {
      said.push(line)
      if (line === 'AUTH LOGIN') return '334 VXNlcm5hbWU6'
      if (line === base64(login.user)) return '334 UGFzc3dvcmQ6'
      return line === base64(PASSWORD) ? '235 welcome' : undefined
    }
    await using fake = await fakeMail(smtp({ offersInTls: ['AUTH=LOGIN CRAM-MD5'], on }), true)
    expect(await checkSmtp(fake.server('tls'), login, mailOptions())).toMatchObject({ is: 'ok' })
    expect(said).toContain(base64(PASSWORD))
  })

  it('says a token with XOAUTH2', async () => {
    await using fake = await fakeMail(smtp({ offersInTls: ['AUTH PLAIN XOAUTH2'] }), true)
    expect(await checkSmtp(fake.server('tls'), tokenLogin, mailOptions())).toMatchObject({ is: 'ok' })
    expect(fake.heard).toContain(
      `AUTH XOAUTH2 ${base64(`user=${login.user}\x01auth=Bearer ya29.a-token-of-an-hour\x01\x01`)}`,
    )
  })

  it('ends the exchange when a token is refused, and tells a refused token from a missing scope', async () => {
    const refusing = (status: string): SmtpFake => ({
      offersInTls: ['AUTH XOAUTH2'],
      on: (line) => {
        if (line.startsWith('AUTH')) return `334 ${base64(JSON.stringify({ status, schemes: 'Bearer' }))}`
        return line === '' ? '535 5.7.8 Username and Password not accepted' : undefined
      },
    })
    await using dead = await fakeMail(smtp(refusing('400')), true)
    expect(await checkSmtp(dead.server('tls'), tokenLogin, mailOptions())).toMatchObject({
      is: 'rejected',
      reason: 'auth_rejected',
    })
    await using narrow = await fakeMail(smtp(refusing('insufficient_scope')), true)
    expect(await checkSmtp(narrow.server('tls'), tokenLogin, mailOptions())).toMatchObject({
      is: 'restricted',
      reason: 'scope_missing',
    })
  })

  it('never says a token where only passwords are taken, nor a password where only tokens are', async () => {
    await using passwords = await fakeMail(smtp({ offersInTls: ['AUTH PLAIN LOGIN'] }), true)
    await using tokens = await fakeMail(smtp({ offersInTls: ['AUTH XOAUTH2'] }), true)
    for (const result of [
      await checkSmtp(passwords.server('tls'), tokenLogin, mailOptions()),
      await checkSmtp(tokens.server('tls'), login, mailOptions()),
    ]) {
      expect(result).toMatchObject({ is: 'restricted', reason: 'auth_method_unavailable' })
    }
    expect(traces(passwords.heard + tokens.heard)).toEqual([])
  })

  it('refuses a user name that would end a part early, without calling anybody', async () => {
    await using fake = await fakeMail(smtp(), true)
    const result = await checkSmtp(fake.server('tls'), { ...tokenLogin, user: 'ada\x01auth=Bearer x' }, mailOptions())
    expect(result).toMatchObject({ is: 'rejected' })
    expect(fake.connections).toBe(0)
  })
})

describe('an attacker between Cardea and an SMTP server', () => {
  it('does not get the password by cutting STARTTLS out of the offers', async () => {
    await using fake = await fakeMail(smtp({ offers: ['SIZE 1', 'AUTH PLAIN LOGIN'] }))
    const result = await checkSmtp(fake.server('starttls'), login, mailOptions())
    expect(result).toMatchObject({ is: 'unreachable', reason: 'tls_not_offered', step: 'starttls' })
    expect(fake.heard).not.toContain('AUTH')
  })

  it.each(['454 4.7.0 TLS not available', '502 what', '250 ok', '220'])(
    'nor by answering STARTTLS with %s',
    async (answer) => {
      const on = (line: string) => (line === 'STARTTLS' ? answer : undefined)
      await using fake = await fakeMail(smtp({ offers: ['STARTTLS', 'AUTH PLAIN'], on }))
      const result = await checkSmtp(fake.server('starttls'), login, mailOptions({ stepMilliseconds: 500 }))
      expect(result.is).toMatch(/unreachable|unavailable/)
      expect(fake.heard).not.toContain('AUTH')
    },
  )

  it('cannot put words before TLS that are taken for words inside it', async () => {
    const on = async (line: string, talk: Talk) => {
      if (line !== 'STARTTLS') return undefined
      talk.raw('220 go ahead\r\n250-fake.test\r\n250 AUTH PLAIN\r\n235 welcome\r\n')
      await talk.upgrade()
      return []
    }
    await using fake = await fakeMail(smtp({ on }))
    const result = await checkSmtp(fake.server('starttls'), login, mailOptions())
    expect(result).toMatchObject({ is: 'unreachable', reason: 'tls_injected' })
    expect(traces(fake.heard)).toEqual([])
  })

  it('cannot keep offers from before TLS alive', async () => {
    await using fake = await fakeMail(smtp({ offers: ['STARTTLS', 'AUTH PLAIN'], offersInTls: ['SIZE 5'] }))
    const result = await checkSmtp(fake.server('starttls'), login, mailOptions())
    expect(result).toMatchObject({ reason: 'auth_method_unavailable', capabilities: ['SIZE 5'] })
  })

  it.each([
    ['signed for another name', elsewhereCertificate],
    ['that has expired', expiredCertificate],
  ])('does not get through with a certificate %s', async (_what, certificate) => {
    await using direct = await fakeMail(smtp(), certificate)
    await using upgraded = await fakeMail(smtp({ certificate }))
    for (const result of [
      await checkSmtp(direct.server('tls'), login, mailOptions()),
      await checkSmtp(upgraded.server('starttls'), login, mailOptions()),
    ]) {
      expect(result).toMatchObject({ is: 'unreachable', reason: 'tls_invalid', step: 'tls' })
    }
    expect(traces(direct.heard + upgraded.heard)).toEqual([])
  })

  it('nor with one of an authority that nobody told us to trust', async () => {
    await using fake = await fakeMail(smtp(), true)
    const result = await checkSmtp(fake.server('tls'), login, mailOptions({ extraCa: [] }))
    expect(result).toMatchObject({ is: 'unreachable', reason: 'tls_invalid' })
  })
})

describe('an SMTP server that misbehaves', () => {
  it.each([
    ['writes garbage', (talk: Talk) => talk.raw(Buffer.from('\x00\xff\xfe\n\n')), 'greeting_bad'],
    ['speaks HTTP', (talk: Talk) => talk.say('HTTP/1.1 400 Bad Request', ''), 'greeting_bad'],
    ['hangs up at once', (talk: Talk) => talk.hangUp(), 'connection_lost'],
    ['writes a line without end', (talk: Talk) => talk.raw(`220 ${'x'.repeat(20_000)}`), 'answer_too_large'],
    ['greets in 100,000 lines', (talk: Talk) => talk.raw('220-hello\r\n'.repeat(100_000)), 'answer_too_large'],
    ['changes its code in the middle', (talk: Talk) => talk.say('220-hello', '250 hello'), 'greeting_bad'],
  ])('%s: it is not there', async (_what, script, reason) => {
    await using fake = await fakeMail(script, true)
    const result = await checkSmtp(fake.server('tls'), login, mailOptions())
    expect(result).toMatchObject({ reason })
    expect(result.is).toMatch(/unreachable|unavailable/)
  })

  it.each(['EHLO', 'STARTTLS', 'AUTH'])('hangs up at %s: lost, which says nothing of the password', async (verb) => {
    const on = (line: string, talk: Talk) => {
      if (line.startsWith(verb)) talk.hangUp()
      return undefined
    }
    await using fake = await fakeMail(smtp({ on }))
    expect(await checkSmtp(fake.server('starttls'), login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'connection_lost',
    })
  })

  it.each(['greeting', 'EHLO', 'STARTTLS', 'AUTH'])(
    'falls silent at %s: given up after the longest wait',
    async (verb) => {
      const clock = createTestClock()
      let reached = () => {}
      const silent = new Promise<void>((resolve) => {
        reached = resolve
      })
      const on = (line: string) => {
        if (!line.startsWith(verb)) return undefined
        reached()
        return new Promise<never>(() => {})
      }
      await using fake = await fakeMail(verb === 'greeting' ? () => reached() : smtp({ on }))
      const result = checkSmtp(fake.server('starttls'), login, mailOptions({ clock }))
      await silent
      // Until our side has begun to wait for the answer.
      await new Promise((resolve) => setTimeout(resolve, 50))
      await clock.advance(15_000)
      expect(await result).toMatchObject({ is: 'unreachable', reason: 'timed_out' })
    },
  )

  it('drips one letter at a time: given up after the longest time for everything', async () => {
    await using fake = await fakeMail(async (talk) => {
      for (let at = 0; at < 200; at += 1) {
        talk.raw('220-x\r\n')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }, true)
    const result = await checkSmtp(fake.server('tls'), login, mailOptions({ totalMilliseconds: 400 }))
    expect(result).toMatchObject({ is: 'unreachable', reason: 'timed_out' })
  })

  it('speaks no TLS where it should', async () => {
    await using fake = await fakeMail(smtp())
    expect(await checkSmtp(fake.server('tls'), login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'tls_failed',
    })
  })

  it('asks for more after the password: its answer is not taken for a yes', async () => {
    const on = (line: string) => (line.startsWith('AUTH') ? '334 and your birthday?' : undefined)
    await using fake = await fakeMail(smtp({ on }), true)
    expect(await checkSmtp(fake.server('tls'), login, mailOptions())).toMatchObject({
      is: 'unavailable',
      reason: 'answer_bad',
    })
  })

  it('repeats the password in its refusal: nothing of it is told', async () => {
    const on = (line: string) => {
      if (!line.startsWith('AUTH')) return undefined
      return [`535-5.7.8 ${line}`, `535 5.7.8 ${PASSWORD} ${base64(PASSWORD)}`]
    }
    await using fake = await fakeMail(smtp({ on }), true)
    const result = await checkSmtp(fake.server('tls'), login, mailOptions())
    expect(result).toMatchObject({ is: 'rejected', reason: 'auth_rejected', code: '535 5.7.8' })
    expect(traces(inspect(result, { depth: 10, showHidden: true }) + JSON.stringify(result))).toEqual([])
  })
})

describe('reaching a mail server', () => {
  it('refuses addresses that the guard refuses, before anybody is called', async () => {
    await using fake = await fakeMail(smtp(), true)
    const check = checkSmtp(fake.server('tls', '127.0.0.1'), login, mailOptions({ guard: createGuard() }))
    await expect(check).rejects.toMatchObject({ code: 'net.host_refused' })
    expect(fake.connections).toBe(0)
  })

  it('connects to the pinned address and verifies the name', async () => {
    await using fake = await fakeMail(smtp(), elsewhereCertificate)
    const guard = createGuard({ allowed: ['elsewhere.test'], resolve: async () => ['127.0.0.1'] })
    expect(await checkSmtp(fake.server('tls', 'elsewhere.test'), login, mailOptions({ guard }))).toMatchObject({
      is: 'ok',
    })
  })

  it('tries the next address when nobody listens at the first', async () => {
    await using fake = await fakeMail(smtp(), elsewhereCertificate)
    const guard = createGuard({ allowed: ['elsewhere.test'], resolve: async () => ['127.0.0.9', '127.0.0.1'] })
    expect(await checkSmtp(fake.server('tls', 'elsewhere.test'), login, mailOptions({ guard }))).toMatchObject({
      is: 'ok',
    })
  })

  it('tells a name that does not exist from a server that is down', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    }
    const nowhere = { host: 'nowhere.test', port: 465, security: 'tls' } as const
    expect(await checkSmtp(nowhere, login, mailOptions({ guard: createGuard({ resolve }) }))).toMatchObject({
      is: 'unreachable',
      reason: 'dns',
    })
    const closed = await fakeMail(smtp())
    const server = closed.server('tls')
    await closed[Symbol.asyncDispose]()
    expect(await checkSmtp(server, login, mailOptions())).toMatchObject({
      is: 'unreachable',
      reason: 'connection_refused',
    })
  })

  it('verifies an address without a name against the addresses of the certificate', async () => {
    await using right = await fakeMail(smtp(), true)
    await using wrong = await fakeMail(smtp(), elsewhereCertificate)
    expect(await checkSmtp(right.server('tls', '127.0.0.1'), login, mailOptions())).toMatchObject({ is: 'ok' })
    expect(await checkSmtp(wrong.server('tls', '127.0.0.1'), login, mailOptions())).toMatchObject({
      reason: 'tls_invalid',
    })
  })

  it('stops when the caller stops', async () => {
    const stop = new AbortController()
    await using fake = await fakeMail(() => stop.abort(new Error('enough')))
    await expect(checkSmtp(fake.server('starttls'), login, mailOptions({ signal: stop.signal }))).rejects.toThrow(
      'enough',
    )
  })
})
