import { readFileSync } from 'node:fs'
import type { Client } from '@cardea/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { createGuard } from '../../src/net/guard.ts'
import { checkImap, checkSmtp } from '../../src/net/mail.ts'
import { type TestApp, testApp } from '../app.ts'
import { databaseName } from '../database.ts'

interface Given {
  user: string
  password: string
  host: string
  caFile: string
  ports: { imaps: number; imap: number; smtps: number; submission: number }
}

const given = process.env.CARDEA_TEST_MAIL ? (JSON.parse(process.env.CARDEA_TEST_MAIL) as Given) : undefined

describe.skipIf(!given)(`a mailbox at postfix and dovecot, on ${databaseName} (needs CARDEA_TEST_MAIL)`, () => {
  let app: TestApp
  let client: Client
  let reachable = true
  const asked: string[] = []
  beforeAll(async () => {
    const { ports, caFile } = given!
    const options = {
      clock: systemClock,
      guard: createGuard({ allowed: ['localhost', '127.0.0.0/8'] }),
      extraCa: [readFileSync(caFile, 'utf8')],
    }
    // The servers stand on high ports; a closed one is a server that is down.
    const at = (port: number) => (reachable ? port : 9)
    app = await testApp({
      outside: {
        send: async () => {
          throw new Error('a mailbox needs no http')
        },
        mail: {
          smtp: (server, login) => {
            asked.push(`smtp ${server.security}`)
            return checkSmtp(
              { ...server, port: at(server.security === 'tls' ? ports.smtps : ports.submission) },
              login,
              options,
            )
          },
          imap: (server, login) => {
            asked.push(`imap ${server.security}`)
            return checkImap(
              { ...server, port: at(server.security === 'tls' ? ports.imaps : ports.imap) },
              login,
              options,
            )
          },
        },
      },
    })
    ;({ client } = await app.setUp())
  })
  afterAll(() => app?.close())

  const mailbox = (security: 'tls' | 'starttls', password = given!.password) => ({
    provider: 'smtp_imap',
    method: 'password',
    settings: {
      user: given!.user,
      smtpHost: given!.host,
      imapHost: given!.host,
      smtpSecurity: security,
      imapSecurity: security,
    },
    credential: { password },
  })

  it.each(['tls', 'starttls'] as const)('connects over %s after both servers have let it in', async (security) => {
    asked.length = 0
    const connection = await client.connections.create(mailbox(security))
    expect(connection).toMatchObject({ status: 'active', health: 'ok', account: { label: given!.user } })
    expect(asked).toEqual([`smtp ${security}`, `imap ${security}`])
  })

  it('is refused with a wrong password, and nothing is stored', async () => {
    const before = (await client.connections.list().page()).items.length
    await expect(client.connections.create(mailbox('tls', 'not this one'))).rejects.toMatchObject({ status: 422 })
    expect((await client.connections.list().page()).items).toHaveLength(before)
  })

  it('stays good while the servers are down, and says so', async () => {
    const [connection] = (await client.connections.list().page()).items
    reachable = false
    await expect(client.connections.test(connection!.id)).rejects.toMatchObject({ status: 424 })
    expect(await client.connections.get(connection!.id)).toMatchObject({ status: 'active', health: 'unreachable' })
    reachable = true
    await client.connections.test(connection!.id)
    expect(await client.connections.get(connection!.id)).toMatchObject({ status: 'active', health: 'ok' })
  })

  it('takes a new password only when the servers take it, and ends with a receipt', async () => {
    const [connection] = (await client.connections.list().page()).items
    const replace = (password: string) => client.connections.change(connection!.id, { credential: { password } })
    await replace('not this one either').catch(() => undefined)
    await replace(given!.password)
    expect(await client.connections.get(connection!.id)).toMatchObject({ status: 'active', health: 'ok' })
    await client.connections.delete(connection!.id)
    await expect(client.connections.get(connection!.id)).rejects.toMatchObject({ code: 'connection.not_found' })
  })
})
