import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAudit } from '../../src/audit/audit.ts'
import { systemClock } from '../../src/clock.ts'
import { createLogger } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { databaseName } from '../database.ts'
import { caller, type House, invite, openHouse, outcome, PASSWORD, type Settled, secret, settle } from './house.ts'

// With the real audit trail, whose chain is held until the commit: a change after a record could wait for ever.
describe(`everything at once, on ${databaseName}`, () => {
  let house: House
  let ada: Settled
  let bob: Settled
  let audit: ReturnType<typeof createAudit>
  beforeAll(async () => {
    house = await openHouse({
      signInAttempts: 1000,
      audit: { record: (db, entry) => audit.record(db, entry) },
    })
    const log = createLogger({ level: 'error', format: 'json', clock: systemClock, write: () => {} })
    const key = Secret.of(randomBytes(32))
    const anchorFile = join(house.database.folder, 'anchor')
    audit = createAudit({ store: house.store, clock: house.clock, log, key, mode: 'strict', anchorFile })
    ada = await settle(house)
    bob = await invite(house, ada.person, 'bob@example.com', 'admin')
  })
  afterAll(async () => {
    await audit.close()
    await house.close()
  })

  it('ends in nothing but the refusals that are meant, and a trail that verifies', async () => {
    const { accounts } = house
    const seen = new Map<string, number>()
    const note = async (what: string, work: Promise<unknown>) => {
      const result = await outcome(work)
      const name = `${what} ${typeof result === 'string' ? result : 'done'}`
      seen.set(name, (seen.get(name) ?? 0) + 1)
      return typeof result === 'string' ? undefined : result
    }
    const works: ((round: number, worker: number) => Promise<unknown>)[] = [
      (round) => note('sign-in', signIn(round % 2 ? PASSWORD : 'not the right sentence')),
      async () => {
        const { key, token } = await accounts.keys.create(caller(ada.person), { name: 'k', role: 'viewer' })
        await note('key', accounts.identify({ apiKey: token }))
        await note('revoke', accounts.keys.revoke(caller(bob.person), key.id))
        await note('revoked key', accounts.identify({ apiKey: token }))
      },
      async (round, worker) => {
        const email = `u${round}x${worker % 2}@example.com`
        const made = await note('invite', accounts.invitations.create(caller(ada.person), { email, role: 'viewer' }))
        if (!made) return
        const { token } = made as { token: Secret }
        await note('accept', accounts.invitations.accept(caller(), { token, person: newcomer }))
      },
      (round) => {
        const [by, on] = round % 2 ? [ada, bob] : [bob, ada]
        const role = round % 3 ? 'admin' : 'editor'
        return note('role', accounts.members.changeRole(caller(by.person), on.person.userId, role))
      },
      async (_round, worker) => {
        const started = await accounts.devices.start(caller(undefined, `10.0.0.${worker}`), { client: 'cli' })
        await note('approve', accounts.devices.approve(caller(ada.person), started.userCode))
        const poll = await accounts.devices.poll(caller(), started.deviceCode)
        await note(
          `poll ${poll.state}`,
          accounts.identify({ bearer: poll.state === 'token' ? poll.token : secret('') }),
        )
      },
      async () => {
        const { id } = await accounts.workspaces.create(caller(ada.person), { name: 'brief' })
        const here = caller({ ...ada.person, workspaceId: id, role: 'admin' })
        const key = note('key of the deleted', accounts.keys.create(here, { name: 'k', role: 'viewer' }))
        await note('delete', accounts.workspaces.remove(here))
        await key
      },
    ]
    await Promise.all(
      Array.from({ length: 24 }, async (_, worker) => {
        for (let round = 0; round < 5; round++) await works[worker % works.length]!(round, worker)
      }),
    )
    const meant = new Set([
      ...['sign-in done', 'sign-in auth.wrong_password', 'key done', 'revoke done', 'revoked key auth.rejected'],
      ...['invite done', 'invite member.already', 'accept done', 'accept invitation.not_valid'],
      ...['accept invitation.sign_in_first', 'role done', 'role member.last_admin', 'approve done', 'poll token done'],
      ...['delete done', 'key of the deleted done', 'key of the deleted workspace.not_found'],
    ])
    expect([...seen.keys()].filter((name) => !meant.has(name))).toEqual([])
    expect(Object.fromEntries(seen)).toMatchObject({ 'sign-in done': 8, 'revoke done': 20, 'delete done': 20 })
    expect(await audit.verify()).toMatchObject({ ok: true })
  })

  const newcomer = { name: 'New', password: secret(PASSWORD) }
  const signIn = (password: string) =>
    house.accounts.people.signIn(caller(), { email: bob.email, password: secret(password) })
})
