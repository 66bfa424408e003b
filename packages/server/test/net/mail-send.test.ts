import { describe, expect, it } from 'vitest'
import { type OutgoingMail, sendMail } from '../../src/net/mail.ts'
import { createTestClock } from '../clock.ts'
import { fakeMail, login, mailOptions, smtp, type Talk, traces } from './fake-mail.ts'

const mail: OutgoingMail = {
  from: { address: 'ada@example.test', name: 'Ada' },
  to: [{ address: 'bob@example.test' }],
  subject: 'Hello',
  text: 'Good morning',
}

/** The message as the server took it. */
function taken(heard: string): string {
  return heard.slice(heard.indexOf('DATA\r\n') + 6, heard.indexOf('\r\n.\r\n'))
}

describe('sending mail', () => {
  it('tells the server who and to whom, and gives back what it took over', async () => {
    await using fake = await fakeMail(smtp(), true)
    const everybody = { ...mail, cc: [{ address: 'cyd@example.test' }], bcc: [{ address: 'dee@example.test' }] }
    const sent = await sendMail(fake.server('tls'), login, everybody, mailOptions())
    expect(sent.accepted).toEqual(['bob@example.test', 'cyd@example.test', 'dee@example.test'])
    expect(sent.rejected).toEqual([])
    expect(fake.heard).toMatch(/MAIL FROM:<ada@example\.test> SIZE=\d+\r\n/)
    expect(taken(fake.heard)).toContain(`Message-ID: ${sent.messageId}`)
    expect(fake.heard).toMatch(/RCPT TO:<dee@example\.test>/)
    expect(taken(fake.heard)).not.toContain('dee@example.test')
    expect(fake.heard).toMatch(/\r\n\.\r\nQUIT\r\n$/)
  })

  it('writes any script in subject, names, domains and text', async () => {
    await using fake = await fakeMail(smtp(), true)
    const unicode = {
      ...mail,
      to: [{ address: 'bob@bücher.example', name: 'Бобъ "B"' }],
      subject: 'Grüße 🦊 und ein sehr langer Betreff, der nicht in eine Zeile passt, weil er immer weiter geht',
      text: 'Ünïcödé',
      html: '<p>日本語</p>',
    }
    const sent = await sendMail(fake.server('tls'), login, unicode, mailOptions())
    expect(sent.accepted).toEqual(['bob@xn--bcher-kva.example'])
    const message = taken(fake.heard)
    expect(message).toMatch(/^Subject: =\?UTF-8\?/m)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing beyond ASCII is on the wire
    expect(message).not.toMatch(/[^\x00-\x7f]/)
    expect(Math.max(...message.split('\r\n').map((line) => line.length))).toBeLessThan(998)
  })

  it('uses letters beyond ASCII before the @ only where the server can', async () => {
    const umlaut = { ...mail, to: [{ address: 'böb@example.test' }] }
    await using able = await fakeMail(smtp(), true)
    await sendMail(able.server('tls'), login, umlaut, mailOptions())
    expect(able.heard).toMatch(/MAIL FROM:.* SMTPUTF8\r\n/)
    await using unable = await fakeMail(smtp({ offersInTls: ['AUTH PLAIN'] }), true)
    await expect(sendMail(unable.server('tls'), login, umlaut, mailOptions())).rejects.toMatchObject({
      reason: 'address_not_supported',
    })
  })

  it.each([
    ['subject', { subject: 'Hi\r\nBcc: eve@example.test' }],
    ['subject with a lone line feed', { subject: 'Hi\nX: y' }],
    ['subject with NUL', { subject: 'Hi\0' }],
    ['name', { from: { address: 'ada@example.test', name: 'Ada\r\nBcc: eve@example.test' } }],
    ['address', { to: [{ address: 'bob@example.test>\r\nRCPT TO:<eve@example.test' }] }],
    ['address with a parameter', { from: { address: 'ada@example.test> SIZE=1' } }],
    ['address that is two', { to: [{ address: 'bob@example.test,eve@example.test' }] }],
    ['address in angles', { to: [{ address: '<bob@example.test>' }] }],
    ['address without a domain', { to: [{ address: 'bob' }] }],
    ['domain that hides an @', { to: [{ address: 'bob@eve.test\uFF20example.test' }] }],
    ['nobody', { to: [] }],
    ['a crowd', { to: Array.from({ length: 101 }, (_, at) => ({ address: `b${at}@example.test` })) }],
    ['a file for a text', { text: { path: '/etc/passwd' } as unknown as string }],
    ['an address for html', { html: { href: 'http://169.254.169.254/' } as unknown as string }],
    ['a subject of an object', { subject: { toString: () => 'x' } as unknown as string }],
  ])('refuses to inject by %s, before anybody is called', async (_what, change) => {
    await using fake = await fakeMail(smtp(), true)
    await expect(sendMail(fake.server('tls'), login, { ...mail, ...change }, mailOptions())).rejects.toMatchObject({
      code: 'request.invalid',
    })
    expect(fake.connections).toBe(0)
  })

  it.each(['\r\n.\r\n', '\n.\n', '\r.\r', '\r\n.\n', '\n.\r\n', '\r\n.\r', '.\r\n'])(
    'does not let the text %j end the message early',
    async (end) => {
      const evil = `first${end}MAIL FROM:<eve@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nsecond`
      await using fake = await fakeMail(smtp(), true)
      await sendMail(fake.server('tls'), login, { ...mail, text: `${end}${evil}`, html: evil }, mailOptions())
      const [, data = ''] = fake.heard.split('DATA\r\n', 2)
      const bytes = fake.heard.slice(fake.heard.indexOf('DATA\r\n') + 6)
      expect(data).not.toBe('')
      // One end of the message in every reading of what a line is, and nothing after it but good-bye.
      expect(bytes.match(/(\r\n|\r|\n)\.(\r\n|\r|\n)/g)).toEqual(['\r\n.\r\n'])
      expect(bytes).toMatch(/\r\n\.\r\nQUIT\r\n$/)
      expect(bytes).not.toMatch(/\r(?!\n)|(?<!\r)\n/)
    },
  )

  it('goes on when some recipients are refused, and says which', async () => {
    const on = (line: string) => {
      if (line === 'RCPT TO:<gone@example.test>') return '550 5.1.1 no such user'
      return line === 'RCPT TO:<full@example.test>' ? '452 4.2.2 mailbox full' : undefined
    }
    await using fake = await fakeMail(smtp({ on }), true)
    const to = ['gone', 'bob', 'full'].map((name) => ({ address: `${name}@example.test` }))
    expect(await sendMail(fake.server('tls'), login, { ...mail, to }, mailOptions())).toMatchObject({
      accepted: ['bob@example.test'],
      rejected: [
        { address: 'gone@example.test', code: '550 5.1.1', temporary: false },
        { address: 'full@example.test', code: '452 4.2.2', temporary: true },
      ],
    })
  })

  it('sends nothing when every recipient is refused', async () => {
    const on = (line: string) => (line.startsWith('RCPT') ? '550 5.1.1 no such user' : undefined)
    await using fake = await fakeMail(smtp({ on }), true)
    await expect(sendMail(fake.server('tls'), login, mail, mailOptions())).rejects.toMatchObject({
      is: 'refused',
      reason: 'recipients_refused',
      code: '550 5.1.1',
    })
    expect(fake.heard).not.toContain('DATA')
  })

  it.each([
    ['MAIL', '550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'refused', 'sender_refused'],
    ['MAIL', '530 5.7.57 Client not authenticated to send mail.', 'restricted', 'policy_refused'],
    ['MAIL', '552 5.3.4 too big', 'refused', 'message_too_large'],
    ['MAIL', '451 4.3.0 later', 'unavailable', 'temporarily_unavailable'],
    ['DATA', '554 5.7.1 no', 'refused', 'message_refused'],
    ['.', '550 5.4.5 Daily user sending limit exceeded.', 'limited', 'sending_limit'],
    ['.', '554 5.7.1 looks like spam', 'refused', 'message_refused'],
    ['.', '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded', 'limited', 'too_many_connections'],
  ])('reads the answer to %s "%s" as %s: %s', async (verb, answer, is, reason) => {
    await using fake = await fakeMail(smtp({ on: (line) => (line.startsWith(verb) ? answer : undefined) }), true)
    await expect(sendMail(fake.server('tls'), login, mail, mailOptions())).rejects.toMatchObject({ is, reason })
  })

  it('does not send what the server has said to be too large', async () => {
    await using fake = await fakeMail(smtp(), true)
    await expect(
      sendMail(fake.server('tls'), login, { ...mail, text: 'x'.repeat(200_000) }, mailOptions()),
    ).rejects.toMatchObject({
      reason: 'message_too_large',
    })
    expect(fake.heard).not.toContain('MAIL FROM')
  })

  it('says that it does not know when the line goes dead after the last word', async () => {
    const on = (line: string, talk: Talk) => {
      if (line === '.') talk.hangUp()
      return undefined
    }
    await using fake = await fakeMail(smtp({ on }), true)
    await expect(sendMail(fake.server('tls'), login, mail, mailOptions())).rejects.toMatchObject({
      is: 'unreachable',
      reason: 'delivery_unknown',
    })
  })

  it('waits longer for the answer to a message than for any other', async () => {
    const clock = createTestClock()
    const looking = Promise.withResolvers<void>()
    const looked = Promise.withResolvers<string>()
    const on = (line: string) => {
      if (line !== '.') return undefined
      looking.resolve()
      return looked.promise
    }
    await using fake = await fakeMail(smtp({ on }), true)
    const sent = sendMail(fake.server('tls'), login, mail, mailOptions({ clock }))
    await looking.promise
    // Until our side has begun to wait for the answer.
    await new Promise((resolve) => setTimeout(resolve, 50))
    await clock.advance(60_000)
    looked.resolve('250 2.0.0 no virus')
    expect(await sent).toMatchObject({ accepted: ['bob@example.test'] })
  })

  it('is done when the message is taken over, however rude the good-bye', async () => {
    const on = (line: string, talk: Talk) => {
      if (line === 'QUIT') talk.hangUp()
      return undefined
    }
    await using fake = await fakeMail(smtp({ on }), true)
    expect(await sendMail(fake.server('tls'), login, mail, mailOptions())).toMatchObject({
      accepted: ['bob@example.test'],
    })
  })

  it('says neither login nor message to a server without TLS', async () => {
    await using fake = await fakeMail(smtp({ offers: ['AUTH PLAIN'] }))
    await expect(sendMail(fake.server('starttls'), login, mail, mailOptions())).rejects.toMatchObject({
      reason: 'tls_not_offered',
    })
    expect(traces(fake.heard)).toEqual([])
    expect(fake.heard).not.toContain('bob')
  })
})
