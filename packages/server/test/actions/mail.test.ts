import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMailbox, type Mailbox } from '../../src/actions/actions.ts'
import type { MailServer } from '../../src/net/mail.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'
import { codeOf } from '../broker/house.ts'
import { databaseName } from '../database.ts'
import { fakeMail, imap, mailOptions, PASSWORD, smtp } from '../net/fake-mail.ts'

/** Servers stand where they can: the settings of a connection know only the usual ports. */
let at: (server: MailServer) => MailServer = (server) => server
let app: TestApp
let ada: Browser
let id: string
let realOptions = mailOptions()
const mailbox = (): Mailbox => {
  const own = () => createMailbox(realOptions as never)
  return {
    send: (server, ...more) => own().send(at(server), ...more),
    list: (server, ...more) => own().list(at(server), ...more),
    read: (server, ...more) => own().read(at(server), ...more),
  }
}
const accepted = {
  smtp: async () => ({ is: 'ok' as const, capabilities: [] }),
  imap: async () => ({ is: 'ok' as const, capabilities: [] }),
}

beforeAll(async () => {
  const send = async () => {
    throw new Error('a mailbox needs no http')
  }
  app = await testApp({ logLevel: 'error', outside: { send, mail: accepted, mailbox: mailbox() } })
  ada = await app.setUp()
  id = await connect()
})
afterAll(() => app?.close())

async function connect(settings: Record<string, string> = {}, password = PASSWORD): Promise<string> {
  const usual = { user: 'ada@example.test', smtpHost: 'localhost', imapHost: 'localhost' }
  const made = await ada.client.connections.create({
    provider: 'smtp_imap',
    method: 'password',
    settings: { ...usual, ...settings },
    credential: { password },
    visibility: 'workspace',
  })
  return made.id
}

const input = { to: ['bob@example.test'], subject: 'Grüße', text: 'Hello\n.\nBob' }
const act = (name: string, given: object = input, connectionId = id) => ({
  actionIdentifier: `smtp_imap.${name}`,
  connectionId,
  input: given as Record<string, unknown>,
})
const refused = (work: Promise<unknown>) =>
  work.then(
    (given) => ({ code: 'allowed', given }),
    (error: unknown) => error,
  )

describe(`sending mail on ${databaseName}`, () => {
  it('hands the message to the server of the connection, and gives its id', async () => {
    await using fake = await fakeMail(smtp(), true)
    at = () => fake.server('tls')
    const attachments = [{ name: 'note.txt', type: 'text/plain', base64: Buffer.from('attached').toString('base64') }]
    const more = {
      cc: ['c@example.test'],
      bcc: ['secret@example.test'],
      replyTo: 'r@example.test',
      html: '<p>Hi</p>',
      attachments,
    }
    const done = await ada.client.actions.execute(act('send_email', { ...input, ...more }))
    expect(done).toMatchObject({
      encoding: 'json',
      output: {
        messageId: expect.stringMatching(/^<[\w-]+@example\.test>$/),
        accepted: ['bob@example.test', 'c@example.test', 'secret@example.test'],
        rejected: [],
      },
    })
    expect(fake.heard).toContain('RCPT TO:<secret@example.test>')
    expect(fake.heard).toMatch(/filename=note.txt/)
    const [, message = ''] = fake.heard.split('DATA\r\n')
    expect(message).not.toContain('secret@example.test')
    expect(JSON.stringify(done)).not.toContain('hunter2')
  })

  it('records the server and what was done there, and not a word of the message', async () => {
    const connectionId = await connect()
    await using fake = await fakeMail(smtp(), true)
    at = () => fake.server('tls')
    await ada.client.actions.execute(act('send_email', input, connectionId))
    const records = async () => (await ada.client.audit.list({ connection: connectionId }).page()).items
    await expect
      .poll(async () => (await records()).map(({ event }) => event), { timeout: 5000 })
      .toContain('connection.answered')
    const all = await records()
    expect(all.find(({ event }) => event === 'connection.used')).toMatchObject({
      host: 'localhost',
      method: 'POST',
      path: '/mail/send',
      detail: { action: 'smtp_imap.send_email' },
    })
    expect(JSON.stringify(all)).not.toMatch(/bob@|Hello|Gr/)
  })

  it.each([
    [{ subject: 'Hi\r\nBcc: eve@example.test' }, 'input.subject'],
    [{ subject: 'Hi\nX: y' }, 'input.subject'],
    [{ to: ['bob@example.test>\r\nRCPT TO:<eve@example.test'] }, 'input.to'],
    [{ to: ['bob@example.test,eve@example.test'] }, 'input.to'],
    [{ to: [] }, 'input.to'],
    [{ attachments: [{ name: 'a', base64: '!!' }] }, 'input.attachments.0'],
    [{ attachments: [{ path: '/etc/passwd' }] }, 'input.attachments.0'],
    [{ attachments: [{ name: 'a', base64: '', path: '/etc/passwd' }] }, 'input.attachments.0'],
    [{ attachments: Array(21).fill({ name: 'a', base64: '' }) }, 'input.attachments'],
    [{ attachments: { name: 'a' } }, 'input.attachments'],
  ])('refuses %j before anybody is called, in a dry run too', async (change, path) => {
    await using fake = await fakeMail(smtp(), true)
    at = () => fake.server('tls')
    const asked = act('send_email', { ...input, ...change })
    for (const ask of ['execute', 'preview'] as const) {
      expect(await refused(ada.client.actions[ask](asked))).toMatchObject({
        code: 'request.invalid',
        issues: [{ path }],
      })
    }
    expect(fake.connections).toBe(0)
  })

  it.each([
    [{ attachments: [{ name: 'a\r\nX: y', base64: '' }] }],
    [{ attachments: [{ name: 'a', type: 'text/plain\r\nX: y', base64: '' }] }],
    [{ attachments: [{ name: '../a', base64: '' }] }],
  ])('refuses %j before anything is said', async (change) => {
    await using fake = await fakeMail(smtp(), true)
    at = () => fake.server('tls')
    expect(await refused(ada.client.actions.execute(act('send_email', { ...input, ...change })))).toMatchObject({
      code: 'request.invalid',
    })
    expect(fake.connections).toBe(0)
  })

  it('shows a dry run what would go where, and calls nobody', async () => {
    await using fake = await fakeMail(smtp(), true)
    at = () => fake.server('tls')
    const shown = await ada.client.actions.preview(act('send_email'))
    expect(shown).toMatchObject({
      dryRun: true,
      method: 'POST',
      address: 'smtp://localhost:465',
      credentialIn: ['login'],
      policies: { allowed: true },
    })
    expect(JSON.parse(shown.body!)).toMatchObject({ from: { address: 'ada@example.test' }, subject: 'Grüße' })
    expect(fake.connections).toBe(0)
  })

  it('obeys policies about the server, and about reading only', async () => {
    await using fake = await fakeMail(smtp(), true)
    at = () => fake.server('tls')
    for (const limits of [{ hosts: ['mail.example.test'] }, { readOnly: true }]) {
      const { id: policy } = await ada.client.policies.create({ name: 'a limit', limits })
      expect(await codeOf(ada.client.actions.execute(act('send_email')))).toBe('policy.refused')
      expect((await ada.client.actions.preview(act('send_email'))).policies.allowed).toBe(false)
      await ada.client.policies.remove(policy)
    }
    expect(fake.connections).toBe(0)
  })

  it('says of each refusal what it means, without what the server wrote', async () => {
    const saying = async (on: (line: string) => string | undefined) => {
      const connectionId = await connect()
      await using fake = await fakeMail(smtp({ on }), true)
      at = () => fake.server('tls')
      return await refused(ada.client.actions.execute(act('send_email', input, connectionId)))
    }
    const rejected = await saying((line) => (line.startsWith('AUTH') ? `535 5.7.8 no: ${PASSWORD}` : undefined))
    expect(rejected).toMatchObject({
      code: 'action.refused_by_service',
      values: { meaning: 'rejected', outcome: 'not_done' },
    })
    expect(JSON.stringify(rejected)).not.toContain('hunter2')
    expect(await saying((line) => (line.startsWith('RCPT') ? '550 5.1.1 nobody' : undefined))).toMatchObject({
      code: 'action.refused_by_service',
      values: { reason: 'recipients_refused', serviceStatus: '550 5.1.1' },
    })
    expect(await saying((line) => (line.startsWith('MAIL') ? '451 4.3.0 later' : undefined))).toMatchObject({
      code: 'action.failed_at_service',
      values: { outcome: 'not_done' },
    })
  })

  it('is not sent again when the line went dead after the whole of it was said', async () => {
    await using fake = await fakeMail(
      smtp({
        on: (line, talk) => {
          if (line === '.') talk.hangUp()
          return undefined
        },
      }),
      true,
    )
    at = () => fake.server('tls')
    const options = { idempotencyKey: 'mail-dead' }
    expect(await refused(ada.client.actions.execute(act('send_email'), options))).toMatchObject({
      code: 'action.unreachable',
      status: 424,
      values: { outcome: 'unknown', reason: 'delivery_unknown' },
    })
    expect(await codeOf(ada.client.actions.execute(act('send_email'), options))).toBe('idempotency.outcome_unknown')
    expect(fake.connections).toBe(1)
  })

  it('needs a sender where the user name is none', async () => {
    const bare = await connect({ user: 'ada' })
    expect(await codeOf(ada.client.actions.execute(act('send_email', input, bare)))).toBe('service.value_missing')
    const named = await connect({ user: 'ada', sender: 'ada@example.test' })
    await using fake = await fakeMail(smtp(), true)
    at = () => fake.server('tls')
    expect(await codeOf(ada.client.actions.execute(act('send_email', input, named)))).toBe('allowed')
    expect(fake.heard).toContain('MAIL FROM:<ada@example.test>')
  })
})

describe(`reading mail on ${databaseName}`, () => {
  const box = () =>
    imap({
      on: (command, tag) => {
        if (/^(EXAMINE|SELECT)/.test(command))
          return ['* 1 EXISTS', '* OK [UIDVALIDITY 1] ok', `${tag} OK [READ-ONLY] done`]
        if (!/^(UID )?FETCH/.test(command)) return undefined
        const head = `"Mon, 01 Mar 2027 09:00:00 +0000" "your password is ${'hunter2-plain-word'}" (("Bob" NIL "bob" "example.test")) NIL NIL (("Ada" NIL "ada" "example.test")) NIL NIL NIL "<1@example.test>"`
        return [
          `* 1 FETCH (UID 7 FLAGS () RFC822.SIZE 100 INTERNALDATE "01-Mar-2027 09:00:00 +0000" ENVELOPE (${head}))`,
          `${tag} OK done`,
        ]
      },
    })

  it('lists what there is, without the password that somebody sent to themselves', async () => {
    const connectionId = await connect({}, 'hunter2-plain-word')
    await using fake = await fakeMail(box(), true)
    at = () => fake.server('tls')
    const done = await ada.client.actions.execute(act('list_messages', { limit: 1 }, connectionId))
    expect(done).toMatchObject({
      output: { mailbox: 'INBOX', total: 1, messages: [{ uid: 7, subject: `your password is ${'*'.repeat(18)}` }] },
    })
  })

  it('says what is wrong with a mailbox that is not there', async () => {
    await using fake = await fakeMail(
      imap({ on: (command, tag) => (/^EXAMINE/.test(command) ? `${tag} NO [NONEXISTENT] none` : undefined) }),
      true,
    )
    at = () => fake.server('tls')
    expect(await refused(ada.client.actions.execute(act('list_messages', { mailbox: 'Nowhere' })))).toMatchObject({
      code: 'action.refused_by_service',
      values: { reason: 'mailbox_missing' },
    })
  })
})

interface Given {
  user: string
  password: string
  host: string
  caFile: string
  ports: { imaps: number; imap: number; smtps: number; submission: number }
}
const given = process.env.CARDEA_TEST_MAIL ? (JSON.parse(process.env.CARDEA_TEST_MAIL) as Given) : undefined

describe.skipIf(!given)(`mail at postfix and dovecot, on ${databaseName} (needs CARDEA_TEST_MAIL)`, () => {
  it.each(['tls', 'starttls'] as const)('is sent, listed and read over %s', async (security) => {
    const { user, password, host, caFile, ports } = given!
    realOptions = mailOptions({ extraCa: [readFileSync(caFile, 'utf8')] })
    const port = {
      465: ports[security === 'tls' ? 'smtps' : 'submission'],
      993: ports[security === 'tls' ? 'imaps' : 'imap'],
    }
    at = (server) => ({ ...server, port: port[server.port as 465 | 993] })
    const settings = { user, smtpHost: host, imapHost: host, smtpSecurity: security, imapSecurity: security }
    const connectionId = await connect(settings, password)
    const subject = `Grüße ${crypto.randomUUID()}`
    const attachments = [{ name: 'note.txt', type: 'text/plain', base64: Buffer.from('attached').toString('base64') }]
    const sent = await ada.client.actions.execute(
      act('send_email', { to: [user], subject, text: 'Zeile\n.\nEnde', attachments }, connectionId),
    )
    const { messageId } = sent.output as { messageId: string }
    const listed = async () => {
      const { output } = await ada.client.actions.execute(act('list_messages', { limit: 50 }, connectionId))
      return (output as { messages: { uid: number; subject: string; messageId: string }[] }).messages.find(
        (one) => one.subject === subject,
      )
    }
    await expect.poll(listed, { timeout: 10_000 }).toMatchObject({ messageId })
    const { uid } = (await listed())!
    const read = await ada.client.actions.execute(act('read_message', { message: uid }, connectionId))
    expect(read.output).toMatchObject({ subject, attachments: [{ name: 'note.txt', type: 'text/plain' }] })
    expect((read.output as { text: string }).text.replaceAll('\r\n', '\n').trim()).toBe('Zeile\n.\nEnde')
  })
})
