import type { Role } from '../actor.ts'
import { type Clock, MINUTE } from '../clock.ts'
import type { PassageFacts, Person } from '../policy/policy.ts'
import { findApiKey } from '../store/api-keys.ts'
import { type BrokerTokenRecord, findBrokerToken, findBrokerTokenByHash } from '../store/broker-tokens.ts'
import { findConnection } from '../store/connections.ts'
import { findMember } from '../store/members.ts'
import type { ConnectionRow } from '../store/schema.ts'
import { findSkill, type SkillRecord } from '../store/skills.ts'
import type { Db, Store } from '../store/store.ts'
import type { Manifest } from './manifest.ts'
import { type Grant, grantsOf } from './token.ts'

/** A token in memory, with what it depends on, as it was read; each with the epoch by which it is known whether that still holds. */
export interface Warm {
  record: BrokerTokenRecord
  grants: ReadonlyMap<string, Grant>
  skill: KnownSkill | undefined
  connections: Map<string, KnownConnection>
  /** The most that is known to have been taken. */
  uses: number
  bytes: number
  isGone: boolean
}

export interface KnownSkill {
  id: string
  epoch: number
  name: string
  /** Stopped or deleted. */
  isStopped: boolean
  manifest: Manifest
}

export interface KnownConnection {
  epoch: number
  provider: string
  /** What policies are asked by. */
  facts: PassageFacts | undefined
  /** Against what it was when the token was made. `unproven`: nobody has seen yet whose account the new credential is of. */
  standing: 'stands' | 'gone' | 'paused' | 'changed' | 'unproven'
}

export interface WarmTokens {
  /** One query at most. Undefined: nobody knows it. */
  get(hash: string): Warm | Promise<Warm | undefined>
  /** What was made here needs not be read. */
  put(hash: string, warm: Warm): void
  /** From memory. */
  isCurrent(warm: Warm, connectionId: string): boolean
  /** Reads anew what a call through this connection depends on: once, however many wait for it. */
  refresh(warm: Warm, connectionId: string): Promise<void>
  close(): void
}

export interface Epochs {
  isCurrent(id: string, epoch: number): boolean
}

const MOST = 50_000

export function createWarmTokens(deps: { store: Store; clock: Clock; epochs: Epochs }): WarmTokens {
  const { store, clock, epochs } = deps
  const known = new Map<string, Warm>()
  const reading = new Map<string, Promise<unknown>>()
  const stopForgetting = clock.every(MINUTE, () => {
    const now = clock.now()
    for (const [hash, { record, isGone }] of known) if (isGone || record.expires_at <= now) known.delete(hash)
  })

  function once<T>(name: string, read: () => Promise<T>): Promise<T> {
    const under = reading.get(name) as Promise<T> | undefined
    if (under) return under
    const work = read().finally(() => reading.delete(name))
    reading.set(name, work)
    return work
  }

  function put(hash: string, warm: Warm): void {
    known.set(hash, warm)
    if (known.size > MOST) known.delete(known.keys().next().value!)
  }

  async function read(hash: string): Promise<Warm | undefined> {
    const record = await store.within({ presentedHash: hash }, (db) => findBrokerTokenByHash(db, hash))
    if (!record) return undefined
    const warm = warmed(record)
    put(hash, warm)
    return warm
  }

  async function readAnew(warm: Warm, connectionId: string): Promise<void> {
    const { workspace_id: workspaceId, id, skill_id } = warm.record
    await store.within({ workspaceId }, async (db) => {
      const record = await findBrokerToken(db, workspaceId, id)
      const skill = skill_id === null ? undefined : await knownSkill(db, workspaceId, skill_id)
      const grant = warm.grants.get(connectionId)
      const connection = grant && (await knownConnection(db, warm.record, grant, skill?.name))
      // All of it at once, and after the last word of the database: nobody sees a half of it.
      warm.isGone = record === undefined
      if (record) {
        warm.record = record
        warm.uses = Math.max(warm.uses, record.uses)
        warm.bytes = Math.max(warm.bytes, record.bytes)
      }
      if (skill) warm.skill = skill
      if (connection) warm.connections.set(connectionId, connection)
    })
  }

  return {
    get: (hash) => known.get(hash) ?? once(hash, () => read(hash)),
    put,
    isCurrent: ({ record, skill, connections }, connectionId) => {
      const connection = connections.get(connectionId)
      if (!connection || (record.skill_id !== null && !skill)) return false
      return (
        epochs.isCurrent(connectionId, connection.epoch) &&
        epochs.isCurrent(record.id, record.epoch) &&
        (!skill || epochs.isCurrent(skill.id, skill.epoch))
      )
    },
    refresh: (warm, connectionId) => once(`${warm.record.id} ${connectionId}`, () => readAnew(warm, connectionId)),
    close: () => {
      stopForgetting()
      known.clear()
    },
  }
}

export function warmed(
  record: BrokerTokenRecord,
  { skill, connections = [] }: { skill?: SkillRecord | undefined; connections?: readonly Standing[] } = {},
): Warm {
  const grants = new Map(grantsOf(record).map((grant) => [grant.connection, grant]))
  return {
    record,
    grants,
    skill: skill && factsOf(skill),
    connections: new Map(
      connections.map(({ row, people }) => [
        row.id,
        { ...standingOf(row, grants.get(row.id)!), facts: passageFacts(record, row, people, skill?.name) },
      ]),
    ),
    uses: record.uses,
    bytes: record.bytes,
    isGone: false,
  }
}

/** A connection, and whose it is to policies. */
export interface Standing {
  row: ConnectionRow
  people: { owner: Person; member: Person; minter: Person }
}

type Parties = Pick<BrokerTokenRecord, 'workspace_id' | 'on_behalf_of' | 'minter_id' | 'minter_role'>

/** As they stand now; a role that nobody knows is bound by every role's policies. */
export async function peopleOf(
  db: Db,
  token: Parties,
  row: Pick<ConnectionRow, 'owner_id'>,
): Promise<Standing['people']> {
  const { workspace_id: workspaceId, on_behalf_of, minter_id, minter_role } = token
  const minter = { id: minter_id, role: minter_role }
  const person = async (id: string): Promise<Person> =>
    id === minter_id ? minter : { id, role: await roleOf(db, workspaceId, id) }
  return { minter, owner: await person(row.owner_id), member: await person(on_behalf_of) }
}

async function roleOf(db: Db, workspaceId: string, id: string): Promise<Role | null> {
  const found = id.startsWith('key_') ? await findApiKey(db, workspaceId, id) : await findMember(db, workspaceId, id)
  return found?.role ?? null
}

function passageFacts(
  { workspace_id: workspaceId, minted_at: mintedAt }: Pick<BrokerTokenRecord, 'workspace_id' | 'minted_at'>,
  { id: connectionId, provider: service, method }: ConnectionRow,
  people: Standing['people'],
  skill: string | undefined,
): PassageFacts {
  return { workspaceId, connectionId, service, method, ...people, skill, mintedAt }
}

async function knownSkill(db: Db, workspaceId: string, id: string): Promise<KnownSkill> {
  const found = await findSkill(db, workspaceId, id)
  if (found) return factsOf(found)
  return { id, epoch: 0, name: '', isStopped: true, manifest: { name: '', credentials: [] } }
}

function factsOf({ id, epoch, name, stopped_at, manifest }: SkillRecord): KnownSkill {
  return { id, epoch, name, isStopped: stopped_at !== null, manifest: manifest as Manifest }
}

async function knownConnection(
  db: Db,
  token: BrokerTokenRecord,
  grant: Grant,
  skill: string | undefined,
): Promise<KnownConnection> {
  const row = await findConnection(db, token.workspace_id, grant.connection)
  if (!row) return { epoch: 0, provider: '', facts: undefined, standing: 'gone' }
  return { ...standingOf(row, grant), facts: passageFacts(token, row, await peopleOf(db, token, row), skill) }
}

function standingOf(row: ConnectionRow, grant: Grant): Omit<KnownConnection, 'facts'> {
  const { provider, epoch, tenure, account_id: account } = row
  if (row.paused_at !== null) return { epoch, provider, standing: 'paused' }
  if (tenure !== grant.tenure) return { epoch, provider, standing: 'changed' }
  if (grant.account === null || grant.account === account) return { epoch, provider, standing: 'stands' }
  if (account !== null) return { epoch, provider, standing: 'changed' }
  // That it becomes known ends no cache: it is read each time until then.
  return { epoch: -1, provider, standing: 'unproven' }
}
