import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { createGuard } from '../../src/net/guard.ts'
import { checkImap, checkSmtp, listMail, type MailServer, readMail, sendMail } from '../../src/net/mail.ts'
import { Secret } from '../../src/secret.ts'

interface Given {
  user: string
  password: string
  host: string
  caFile: string
  ports: { imaps: number; imap: number; smtps: number; submission: number }
}

const given = process.env.CARDEA_TEST_MAIL ? (JSON.parse(process.env.CARDEA_TEST_MAIL) as Given) : undefined

describe('postfix and dovecot', () => {
  const real = it.skipIf(!given)
  // Named in every run, so that nobody takes a skipped test for a passed one.
  if (!given)
    it('are there', (context) => context.skip('CARDEA_TEST_MAIL is not set: see scripts/test/mail-servers.sh'))

  const { user, password, host, caFile, ports } = given ?? ({ ports: {}, password: '' } as Given)
  const login = { user, password: Secret.of(password) }
  const wrong = { user, password: Secret.of('not this one') }
  const options = {
    clock: systemClock,
    guard: createGuard({ allowed: ['localhost', '127.0.0.0/8'] }),
    extraCa: given ? [readFileSync(caFile, 'utf8')] : [],
  }
  const smtps = [
    { host, port: ports.smtps, security: 'tls' },
    { host, port: ports.submission, security: 'starttls' },
  ] as const satisfies MailServer[]
  const imaps = [
    { host, port: ports.imaps, security: 'tls' },
    { host, port: ports.imap, security: 'starttls' },
  ] as const satisfies MailServer[]
  const message = (subject: string) => ({
    from: { address: user, name: 'Tëster' },
    to: [{ address: user }],
    subject,
    text: 'Grüße\n.\n..zwei\nEnde 🦊',
    html: '<p>Grüße</p>',
  })
  const listed = async (subject: string) => {
    // The servers hand the message on by themselves, a moment later.
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const { messages } = await listMail(imaps[0], login, { limit: 50 }, options)
      const found = messages.find((one) => one.subject === subject)
      if (found) return found
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error('the message never arrived')
  }

  real.each(smtps)('let the right password in by SMTP over $security', async (server) => {
    const result = await checkSmtp(server, login, options)
    expect(result).toMatchObject({ is: 'ok' })
    expect(result.capabilities.join('\n')).toMatch(/^AUTH .*PLAIN/m)
  })

  real.each(imaps)('let the right password in by IMAP over $security', async (server) => {
    const result = await checkImap(server, login, options)
    expect(result).toMatchObject({ is: 'ok' })
    expect(result.capabilities).toContain('IMAP4REV1')
  })

  real('refuse a wrong password, everywhere', async () => {
    for (const server of smtps) {
      expect(await checkSmtp(server, wrong, options)).toMatchObject({
        is: 'rejected',
        reason: 'auth_rejected',
        code: '535 5.7.8',
      })
    }
    for (const server of imaps) {
      expect(await checkImap(server, wrong, options)).toMatchObject({ is: 'rejected', code: 'AUTHENTICATIONFAILED' })
      await expect(listMail(server, wrong, {}, options)).rejects.toMatchObject({
        is: 'rejected',
        code: 'AUTHENTICATIONFAILED',
      })
    }
    await expect(sendMail(smtps[0], wrong, message('never'), options)).rejects.toMatchObject({ is: 'rejected' })
  })

  real('take no token, and are not given the password instead', async () => {
    const token = { user, token: Secret.of('ya29.token') }
    expect(await checkSmtp(smtps[0], token, options)).toMatchObject({ reason: 'auth_method_unavailable' })
    expect(await checkImap(imaps[0], token, options)).toMatchObject({ reason: 'auth_method_unavailable' })
  })

  real('are not trusted without their authority', async () => {
    for (const server of smtps)
      expect(await checkSmtp(server, login, { ...options, extraCa: [] })).toMatchObject({ reason: 'tls_invalid' })
    for (const server of imaps)
      expect(await checkImap(server, login, { ...options, extraCa: [] })).toMatchObject({ reason: 'tls_invalid' })
  })

  real.each(smtps)(
    'carry a message over $security from sending to reading, letter by letter, and leave it unread',
    async (server) => {
      const subject = `Grüße 🦊 ${randomUUID()}`
      const sent = await sendMail(server, login, message(subject), options)
      expect(sent).toMatchObject({ accepted: [user], rejected: [] })
      const head = await listed(subject)
      expect(head).toMatchObject({
        messageId: sent.messageId,
        from: [{ address: user, name: 'Tëster' }],
        to: [{ address: user }],
      })
      expect(Math.abs(systemClock.now() - head.date!)).toBeLessThan(60_000)
      const read = await readMail(imaps[1], login, { uid: head.uid }, options)
      expect(read.text?.replaceAll('\r\n', '\n').trimEnd()).toBe('Grüße\n.\n..zwei\nEnde 🦊')
      expect(read.html?.trim()).toBe('<p>Grüße</p>')
      expect(read).toMatchObject({ truncated: false, attachments: [] })
      const unseen = await listMail(
        imaps[0],
        login,
        { unseen: true, limit: 50, since: systemClock.now() - 120_000 },
        options,
      )
      expect(unseen.messages.find(({ uid }) => uid === head.uid)?.flags).not.toContain('\\Seen')
      expect(unseen.messages.map(({ uid }) => uid)).toContain(head.uid)
    },
  )

  real('give the newest first, and nothing from before a given instant', async () => {
    const subjects = [randomUUID(), randomUUID()]
    for (const subject of subjects) {
      await sendMail(smtps[0], login, message(subject), options)
      await listed(subject)
    }
    const { messages, total } = await listMail(imaps[0], login, { limit: 2 }, options)
    expect(messages.map(({ subject }) => subject)).toEqual(subjects.reverse())
    expect(total).toBeGreaterThanOrEqual(2)
    const later = await listMail(imaps[0], login, { since: systemClock.now() + 60_000 }, options)
    expect(later.messages).toEqual([])
  })

  real('are read up to half a megabyte of text, whole letters only', async () => {
    const subject = randomUUID()
    const { html: _none, ...plain } = message(subject)
    // Letters of two bytes behind one of one byte: the limit falls into the middle of a letter.
    await sendMail(smtps[0], login, { ...plain, text: `x${'é'.repeat(300_000)}` }, options)
    const { uid } = await listed(subject)
    const read = await readMail(imaps[0], login, { uid }, options)
    expect(read).toMatchObject({ truncated: true, html: null })
    expect(read.text).toBe(`x${'é'.repeat(256 * 1024 - 1)}`)
  })

  real('refuse an unknown recipient and keep the known one', async () => {
    const to = [{ address: 'nobody@example.test' }, { address: user }]
    expect(await sendMail(smtps[1], login, { ...message(randomUUID()), to }, options)).toMatchObject({
      accepted: [user],
      rejected: [{ address: 'nobody@example.test', code: '550 5.1.1', temporary: false }],
    })
  })

  real('tell a missing mailbox and a missing message', async () => {
    await expect(listMail(imaps[0], login, { mailbox: 'Nowhere' }, options)).rejects.toMatchObject({
      is: 'refused',
      reason: 'mailbox_missing',
    })
    await expect(readMail(imaps[0], login, { uid: 4_000_000_000 }, options)).rejects.toMatchObject({
      reason: 'message_missing',
    })
  })
})
