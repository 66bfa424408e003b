import { actorId, type Caller } from '../actor.ts'
import type { Audit } from '../audit/audit.ts'
import { type Clock, SECOND } from '../clock.ts'
import { workspaceOf } from '../connections/connections.ts'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Policies, Who } from '../policy/policy.ts'
import type { Secret } from '../secret.ts'
import { type BrokerTokenRecord, createBrokerToken } from '../store/broker-tokens.ts'
import { getSkill, type SkillRecord } from '../store/skills.ts'
import type { Db, Store } from '../store/store.ts'
import { type Bounds, beyond, boundsOf } from './bounds.ts'
import type { Choose, createScopeCheck } from './choose.ts'
import type { Manifest } from './manifest.ts'
import { type Grant, grantsOf, type SeenToken, seenToken } from './token.ts'
import { peopleOf, type Standing, type WarmTokens, warmed } from './warm.ts'

/**
 * Makes the stand-in that software holds instead of a credential. Promises: it is good for minutes, for what is named and for nothing that
 * its minter could not use. Refuses to choose between two accounts, and to act for a skill that its minter may not run.
 */
export type Mint = (caller: Caller, input: NewToken, subject?: Caller) => Promise<MintedBrokerToken>

export interface NewToken extends Bounds {
  /** By id or name. */
  skill?: string | undefined
  toolCall?: string | undefined
  run?: string | undefined
  step?: string | undefined
  onBehalfOf?: string | undefined
  /** Ids of connections, or of services of which exactly one connection fits. */
  connections?: readonly (string | GrantedTo)[] | undefined
  uses?: number | undefined
  bytes?: number | undefined
  lifeSeconds?: number | undefined
  /** The thumbprint of a key: then only its holder can use the token. */
  proof?: string | undefined
  onUnavailable?: 'fail' | 'wait' | undefined
}

/** A connection with bounds of its own. */
export interface GrantedTo extends Bounds {
  connection: string
}

export interface MintedBrokerToken {
  token: Secret
  seen: SeenToken
}

export const LIFE = { least: 60, usual: 300, most: 900 } as const

export interface MintDeps {
  store: Store
  clock: Clock
  audit: Pick<Audit, 'record'>
  tokens: Pick<WarmTokens, 'put'>
  choose: Choose
  checkScopes: ReturnType<typeof createScopeCheck>
  policies: Pick<Policies, 'mayMint'>
  requireManifest: boolean
}

export function createMint(deps: MintDeps): Mint {
  const { store, clock, audit, tokens, choose, checkScopes, policies, requireManifest } = deps

  return async (caller, input, subject) => {
    const workspaceId = workspaceOf(caller)
    if (subject && workspaceOf(subject) !== workspaceId) throw new Problem('workspace.not_found')
    const onBehalfOf = actingFor(caller, input.onBehalfOf, subject)
    const minter = minterOf(caller)
    const parties = { workspace_id: workspaceId, on_behalf_of: onBehalfOf, ...minter }
    const { skill, standing, wanted } = await store.within({ workspaceId }, async (db) => {
      const skill = await skillFor(db, caller, workspaceId, input.skill)
      const manifest = skill?.manifest as Manifest | undefined
      const wanted = wantedOf(input, manifest)
      const by = { sight: subject ?? caller, onBehalfOf, manifest }
      const rows = await choose(db, workspaceId, [...wanted.keys()], by)
      const standing: Standing[] = []
      for (const row of rows) standing.push({ row, people: await peopleOf(db, parties, row) })
      return { skill, standing, wanted }
    })
    const rows = standing.map(({ row }) => row)
    const manifest = skill?.manifest as Manifest | undefined
    await checkScopes(rows, manifest)
    const lifeSeconds = await longest(standing, workspaceId, skill?.name, input.lifeSeconds)
    const own = boundsOf(input)
    if (manifest) refuseBeyond(manifest, own)
    const grants = rows.map((row): Grant => {
      const each = wanted.get(row.id) ?? wanted.get(row.provider) ?? {}
      if (manifest) refuseBeyond(manifest, each)
      return { connection: row.id, tenure: row.tenure, account: row.account_id, bounds: [own, each].filter(isSaying) }
    })
    const id = newId('bt')
    const now = clock.now()
    const minted = mintToken('broker')
    const hasLimit = input.uses !== undefined || input.bytes !== undefined
    const record: BrokerTokenRecord = {
      id,
      workspace_id: workspaceId,
      hint: minted.hint,
      root_id: id,
      parent_id: null,
      depth: 0,
      skill_id: skill?.id ?? null,
      tool_call: input.toolCall ?? null,
      run: input.run ?? null,
      step: input.step ?? null,
      on_behalf_of: onBehalfOf,
      ...minter,
      minted_at: now,
      grants,
      counted: hasLimit ? [id] : [],
      max_uses: input.uses ?? null,
      uses: 0,
      max_bytes: input.bytes ?? null,
      bytes: 0,
      proof: input.proof ?? null,
      on_unavailable: input.onUnavailable ?? 'fail',
      epoch: 1,
      created_at: now,
      expires_at: now + lifeSeconds * SECOND,
      revoked_at: null,
    }
    await store.within({ workspaceId }, async (db) => {
      await createBrokerToken(db, { ...record, tokenHash: minted.hash })
      await audit.record(db, {
        event: 'broker_token.minted',
        workspaceId,
        caller,
        subject: id,
        detail: detailOf(record, skill),
        use: {
          onBehalfOf,
          ...(rows.length === 1 ? { connectionId: rows[0]!.id } : {}),
          ...(skill ? { skill: skill.name } : {}),
          ...(input.toolCall ? { toolCall: input.toolCall } : {}),
          ...(input.run ? { run: input.run } : {}),
          ...(input.step ? { step: input.step } : {}),
        },
      })
    })
    tokens.put(minted.hash, warmed(record, { skill, connections: standing }))
    return { token: minted.token, seen: seenToken(record) }
  }

  /** What policies let it live, where whoever asks does not say. Throws what they forbid. */
  async function longest(
    standing: readonly Standing[],
    workspaceId: string,
    skill: string | undefined,
    asked: number | undefined,
  ): Promise<number> {
    let seconds = asked ?? LIFE.usual
    for (const { row, people } of standing) {
      const facts = { workspaceId, connectionId: row.id, service: row.provider, method: row.method, ...people, skill }
      const { longestSeconds = seconds } = await policies.mayMint(facts, asked)
      seconds = Math.min(seconds, longestSeconds)
    }
    return seconds
  }

  async function skillFor(
    db: Db,
    { actor }: Caller,
    workspaceId: string,
    named: string | undefined,
  ): Promise<SkillRecord | undefined> {
    const own = actor.kind === 'key' ? actor.skillId : undefined
    const wanted = named ?? own
    if (wanted === undefined) {
      if (requireManifest) throw new Problem('token.manifest_needed')
      return undefined
    }
    const skill = await getSkill(db, workspaceId, wanted)
    if (own !== undefined && skill.id !== own) throw new Problem('token.wrong_skill', { skill: skill.name })
    if (own === undefined && !mayRun(actor, skill.runners as Who | null)) {
      throw new Problem('token.wrong_skill', { skill: skill.name })
    }
    if (skill.stopped_at !== null) throw new Problem('token.skill_stopped', { skill: skill.name })
    return skill
  }
}

/** Whoever proved who they are is who it is for. Otherwise a minter says whom it is for, which gives it nothing more. */
function actingFor({ actor }: Caller, named: string | undefined, subject: Caller | undefined): string {
  const proven = subject && actorId(subject.actor)
  if (proven !== undefined && named !== undefined && named !== proven) {
    throw new Problem('request.invalid', {
      issues: [{ path: 'onBehalfOf', message: 'is not who the subject token is of' }],
    })
  }
  const self = actorId(actor)
  // A person's word about somebody else would stand in the audit trail, and spend that one's budget.
  if (!subject && named !== undefined && named !== self && actor.kind !== 'key') throw new Problem('token.other_person')
  return proven ?? named ?? self
}

function minterOf({ actor }: Caller): Pick<BrokerTokenRecord, 'minter_kind' | 'minter_id' | 'minter_role'> {
  if (actor.kind === 'system' || actor.kind === 'nobody') throw new Problem('auth.required')
  const minter_role = 'role' in actor ? (actor.role ?? null) : null
  return { minter_kind: actor.kind, minter_id: actorId(actor), minter_role }
}

function mayRun(actor: Caller['actor'], runners: Who | null): boolean {
  if (!runners) return true
  if (actor.kind === 'operator') return true
  const isNamed = runners.members?.includes(actorId(actor)) === true
  const hasRole = 'role' in actor && actor.role !== undefined && runners.roles?.includes(actor.role) === true
  return isNamed || hasRole
}

/** By what was named, with the bounds that were named with it. A skill that is asked for nothing in particular gets all that it declares. */
function wantedOf({ connections }: NewToken, manifest: Manifest | undefined): Map<string, Bounds> {
  const named = connections?.length ? connections : manifest?.credentials
  if (!named) throw new Problem('request.invalid', { issues: [{ path: 'connections', message: 'names none' }] })
  const wanted = new Map(
    named.map((each) => (typeof each === 'string' ? [each, {}] : [each.connection, boundsOf(each)])),
  )
  // Which of two bounds for the same would count is a matter of opinion.
  if (wanted.size < named.length) {
    throw new Problem('request.invalid', { issues: [{ path: 'connections', message: 'names one of them twice' }] })
  }
  return wanted
}

function refuseBeyond(manifest: Manifest, asked: Bounds): void {
  const what = beyond(manifest, asked)
  if (what !== undefined) throw new Problem('token.beyond_manifest', { skill: manifest.name, what })
}

function isSaying(bounds: Bounds): boolean {
  return Object.keys(bounds).length > 0
}

export function detailOf(record: BrokerTokenRecord, skill?: Pick<SkillRecord, 'id' | 'version'>) {
  return {
    grants: grantsOf(record).map(({ connection, bounds }) => ({ connection, bounds })),
    ...(skill ? { skillId: skill.id, skillVersion: skill.version } : {}),
    ...(record.max_uses === null ? {} : { uses: record.max_uses }),
    ...(record.max_bytes === null ? {} : { bytes: record.max_bytes }),
    ...(record.proof === null ? {} : { proof: record.proof }),
    ...(record.parent_id === null ? {} : { narrowedFrom: record.parent_id }),
    expiresAt: record.expires_at,
  }
}
