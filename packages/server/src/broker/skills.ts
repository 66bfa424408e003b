import type { Keys } from '../accounts/accounts.ts'
import { actorId, type Caller } from '../actor.ts'
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { workspaceOf } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Who } from '../policy/policy.ts'
import type { Services } from '../services/services.ts'
import { revokeKeysOfSkill } from '../store/api-keys.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Signals } from '../store/signals.ts'
import {
  changeSkill,
  createSkill,
  getSkill,
  listSkills,
  listSkillVersions,
  lockSkill,
  type SkillChange,
  type SkillRecord,
} from '../store/skills.ts'
import type { Db, Store } from '../store/store.ts'
import { type GivenManifest, invalid, type Manifest, readManifest } from './manifest.ts'

/**
 * Software that acts, known by name. What its manifest names it may be given, and nothing else; a new version is obeyed by tokens that are
 * out already, and stopping it voids them, on every server within a second.
 */
export interface Skills {
  list(caller: Caller, page: PageRequest): Promise<Page<SeenSkill>>
  /** By id or name, like everything here. */
  get(caller: Caller, named: string): Promise<SeenSkill>
  versions(caller: Caller, named: string): Promise<SeenVersion[]>
  create(caller: Caller, input: NewSkill): Promise<SeenSkill>
  /** As a file in somebody's repository says it: made if there is none of that name. The same again changes nothing. */
  put(caller: Caller, named: string, input: NewSkill): Promise<SeenSkill>
  change(caller: Caller, named: string, change: SkillPatch): Promise<SeenSkill>
  remove(caller: Caller, named: string): Promise<void>
  /** A key that mints tokens for this skill, and does nothing else. */
  createKey(caller: Caller, named: string, input: NewSkillKey): ReturnType<Keys['create']>
}

export interface NewSkill extends GivenManifest {
  /** Who may run it, besides its own keys; whoever may mint at all, unless this says. */
  runners?: Who | null | undefined
}

export interface SkillPatch {
  status?: 'active' | 'stopped' | undefined
  runners?: Who | null | undefined
}

export interface NewSkillKey {
  name: string
  expiresAt?: number | undefined
}

export interface SeenSkill {
  id: string
  version: number
  manifest: Manifest
  runners: Who | null
  stoppedAt: number | null
  createdBy: string
  createdAt: number
  updatedAt: number
}

export type SeenVersion = Pick<SeenSkill, 'version' | 'manifest' | 'createdBy' | 'createdAt'>

export interface SkillsDeps {
  store: Store
  clock: Clock
  audit: Pick<Audit, 'record'>
  services: Pick<Services, 'get'>
  keys: Pick<Keys, 'create'>
  signals: Pick<Signals, 'send'> | undefined
  changed(id: string, epoch: number): void
}

export function createSkills(deps: SkillsDeps): Skills {
  const { store, clock, audit, services, keys, signals, changed } = deps

  async function read(workspaceId: string, input: GivenManifest): Promise<Manifest> {
    const manifest = readManifest(input)
    for (const [at, id] of manifest.credentials.entries()) {
      await services.get(workspaceId, id).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 404) throw invalid(`credentials.${at}`, 'is no service here')
        throw error
      })
    }
    return manifest
  }

  async function make(db: Db, caller: Caller, manifest: Manifest, runners: Who | null): Promise<SkillRecord> {
    const workspaceId = workspaceOf(caller)
    const now = clock.now()
    const row: SkillRecord = {
      id: newId('skill'),
      workspace_id: workspaceId,
      name: manifest.name,
      version: 1,
      manifest,
      runners,
      epoch: 1,
      created_by: actorId(caller.actor),
      created_at: now,
      updated_at: now,
      stopped_at: null,
      deleted_at: null,
    }
    await createSkill(db, row)
    const detail = { name: row.name, manifest, runners }
    await audit.record(db, { event: 'skill.created', workspaceId, caller, subject: row.id, detail })
    return row
  }

  /** What is decided sees the row as nobody else changes it; undefined changes nothing. */
  async function write(
    caller: Caller,
    named: string,
    decide: (db: Db, before: SkillRecord | undefined) => Promise<Change | SkillRecord | undefined>,
  ): Promise<SkillRecord> {
    const workspaceId = workspaceOf(caller)
    const after = await store.within({ workspaceId }, async (db) => {
      const before = await lockSkill(db, workspaceId, named)
      const decided = await decide(db, before)
      if (decided && 'id' in decided) return decided
      if (!before) throw new Problem('skill.not_found')
      if (!decided) return before
      const { event, detail, ...change } = decided
      const by = { id: actorId(caller.actor), now: clock.now() }
      const row = await changeSkill(db, before, change, by)
      await signals?.send(db, 'cardea_epochs', row.id)
      await audit.record(db, { event, workspaceId, caller, subject: row.id, detail: { name: row.name, ...detail } })
      return row
    })
    changed(after.id, after.epoch)
    return after
  }

  return {
    list: async (caller, page) => {
      const workspaceId = workspaceOf(caller)
      const found = await store.within({ workspaceId }, (db) => listSkills(db, workspaceId, page))
      return { ...found, items: found.items.map(seen) }
    },

    get: async (caller, named) => {
      const workspaceId = workspaceOf(caller)
      return seen(await store.within({ workspaceId }, (db) => getSkill(db, workspaceId, named)))
    },

    versions: async (caller, named) => {
      const workspaceId = workspaceOf(caller)
      const rows = await store.within({ workspaceId }, async (db) =>
        listSkillVersions(db, workspaceId, (await getSkill(db, workspaceId, named)).id),
      )
      return rows.map(({ version, manifest, created_by, created_at }) => ({
        version,
        manifest: manifest as Manifest,
        createdBy: created_by,
        createdAt: created_at,
      }))
    },

    create: async (caller, { runners = null, ...given }) => {
      const workspaceId = workspaceOf(caller)
      const manifest = await read(workspaceId, given)
      return seen(await store.within({ workspaceId }, (db) => make(db, caller, manifest, runners)))
    },

    put: async (caller, named, { runners, ...given }) => {
      const manifest = await read(workspaceOf(caller), given)
      const after = await write(caller, named, async (db, before) => {
        if (!before) {
          if (named.startsWith('skill_')) throw new Problem('skill.not_found')
          if (manifest.name !== named) throw invalid('name', `must be "${named}", as the address says`)
          return make(db, caller, manifest, runners ?? null)
        }
        if (manifest.name !== before.name) throw invalid('name', `must stay "${before.name}"`)
        const isNew = JSON.stringify(manifest) !== JSON.stringify(before.manifest)
        const isFor = runners !== undefined && JSON.stringify(runners) !== JSON.stringify(before.runners)
        if (!isNew && !isFor) return undefined
        return {
          event: 'skill.changed',
          detail: { ...(isNew ? { version: before.version + 1, manifest } : {}), ...(isFor ? { runners } : {}) },
          ...(isNew ? { manifest } : {}),
          ...(isFor ? { runners } : {}),
        }
      })
      return seen(after)
    },

    change: async (caller, named, { status, runners }) => {
      const after = await write(caller, named, async (_db, before) => {
        if (!before) return undefined
        const stops = status === 'stopped' && before.stopped_at === null
        const starts = status === 'active' && before.stopped_at !== null
        if (!stops && !starts && runners === undefined) return undefined
        return {
          event: stops ? 'skill.stopped' : starts ? 'skill.started' : 'skill.changed',
          detail: runners === undefined ? {} : { runners },
          ...(stops ? { stopped_at: clock.now() } : starts ? { stopped_at: null } : {}),
          ...(runners === undefined ? {} : { runners }),
        }
      })
      return seen(after)
    },

    remove: async (caller, named) => {
      await write(caller, named, async (db, before) => {
        if (!before) return undefined
        const now = clock.now()
        // A key of a skill that is gone would be a key to nothing.
        const ended = await revokeKeysOfSkill(db, before.workspace_id, before.id, now)
        return { event: 'skill.deleted', detail: { keys: ended }, deleted_at: now }
      })
    },

    createKey: async (caller, named, { name, expiresAt }) => {
      const workspaceId = workspaceOf(caller)
      const skill = await store.within({ workspaceId }, (db) => getSkill(db, workspaceId, named))
      return keys.create(caller, { name, role: 'editor', permissions: ['token:mint'], expiresAt, skillId: skill.id })
    },
  }
}

type Change = SkillChange & {
  event: `skill.${'changed' | 'stopped' | 'started' | 'deleted'}`
  detail: Record<string, unknown>
  manifest?: Manifest
}

function seen(row: SkillRecord): SeenSkill {
  return {
    id: row.id,
    version: row.version,
    manifest: row.manifest as Manifest,
    runners: row.runners as Who | null,
    stoppedAt: row.stopped_at,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
