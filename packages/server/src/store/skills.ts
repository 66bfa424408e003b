import { Problem } from '../errors.ts'
import { noteEpochs } from './connection-epochs.ts'
import type { Db } from './database.ts'
import { hasRowLocks } from './locks.ts'
import { type Page, type PageRequest, pageOf, pageQuery } from './page.ts'
import type { SkillRow, SkillVersionRow } from './schema.ts'
import { refuseDeleted } from './workspaces.ts'

/** A skill with the manifest in force. What manifest and runners hold only the room of the broker knows. */
export type SkillRecord = Omit<SkillRow, 'runners'> & { runners: object | null; manifest: object }

type Which = Pick<SkillRow, 'workspace_id' | 'id'>

export async function createSkill(db: Db, { manifest, runners, ...row }: SkillRecord): Promise<void> {
  await db
    .insertInto('skills')
    .values({ ...row, runners: runners && JSON.stringify(runners) })
    .execute()
    .catch((error: { code?: string; message?: string }) => {
      if (isTaken(error)) throw new Problem('skill.name_taken', { name: row.name })
      return refuseDeleted(error)
    })
  await addVersion(db, { ...row, manifest, created_at: row.created_at })
}

/** By id or by name. */
export async function findSkill(db: Db, workspaceId: string, named: string): Promise<SkillRecord | undefined> {
  const row = await asked(db, workspaceId)
    .where((eb) => eb.or([eb('skills.id', '=', named), eb('skills.name', '=', named)]))
    .executeTakeFirst()
  return row && record(row)
}

export async function getSkill(db: Db, workspaceId: string, named: string): Promise<SkillRecord> {
  const found = await findSkill(db, workspaceId, named)
  if (!found) throw new Problem('skill.not_found')
  return found
}

/** Nobody else changes it before this transaction ends. */
export async function lockSkill(db: Db, workspaceId: string, named: string): Promise<SkillRecord | undefined> {
  if (hasRowLocks(db)) {
    await db
      .selectFrom('skills')
      .select('id')
      .where('workspace_id', '=', workspaceId)
      .where((eb) => eb.or([eb('id', '=', named), eb('name', '=', named)]))
      .where('deleted_at', 'is', null)
      .forUpdate()
      .execute()
  }
  return findSkill(db, workspaceId, named)
}

export async function listSkills(db: Db, workspaceId: string, page: PageRequest): Promise<Page<SkillRecord>> {
  const rows = await pageQuery(asked(db, workspaceId), { at: 'skills.created_at', id: 'skills.id' }, page).execute()
  return pageOf(rows, page, (row) => ({ at: row.created_at, id: row.id }), record)
}

export type SkillVersion = Omit<SkillVersionRow, 'manifest'> & { manifest: object }

/** The newest first. */
export async function listSkillVersions(db: Db, workspaceId: string, skillId: string): Promise<SkillVersion[]> {
  const rows = await db
    .selectFrom('skill_versions')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('skill_id', '=', skillId)
    .orderBy('version', 'desc')
    .limit(100)
    .execute()
  return rows.map((row) => ({ ...row, manifest: JSON.parse(row.manifest) as object }))
}

export type SkillChange = Partial<Pick<SkillRecord, 'runners' | 'stopped_at' | 'deleted_at'>>

/** Ends what caches hold of it, and of tokens that depend on it. Answers with it as it now is. */
export async function changeSkill(
  db: Db,
  before: SkillRecord,
  change: SkillChange & { manifest?: object },
  by: { id: string; now: number },
): Promise<SkillRecord> {
  const { manifest, runners, ...columns } = change
  const version = manifest ? before.version + 1 : before.version
  const { id, workspace_id } = before
  await noteEpochs(db, [before], by.now)
  await db
    .updateTable('skills')
    .set({
      ...columns,
      ...(runners === undefined ? {} : { runners: runners && JSON.stringify(runners) }),
      version,
      epoch: before.epoch + 1,
      updated_at: by.now,
    })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .execute()
  if (manifest) await addVersion(db, { id, workspace_id, version, manifest, created_by: by.id, created_at: by.now })
  return { ...before, ...change, version, epoch: before.epoch + 1, updated_at: by.now }
}

async function addVersion(
  db: Db,
  { id, workspace_id, version, manifest, created_by, created_at }: Which & Omit<SkillVersion, 'skill_id'>,
): Promise<void> {
  await db
    .insertInto('skill_versions')
    .values({ skill_id: id, workspace_id, version, manifest: JSON.stringify(manifest), created_by, created_at })
    .execute()
}

function asked(db: Db, workspaceId: string) {
  return db
    .selectFrom('skills')
    .innerJoin('skill_versions', (join) =>
      join
        .onRef('skill_versions.skill_id', '=', 'skills.id')
        .onRef('skill_versions.version', '=', 'skills.version')
        .onRef('skill_versions.workspace_id', '=', 'skills.workspace_id'),
    )
    .selectAll('skills')
    .select('skill_versions.manifest')
    .where('skills.workspace_id', '=', workspaceId)
    .where('skills.deleted_at', 'is', null)
}

function record({ manifest, runners, ...row }: SkillRow & { manifest: string }): SkillRecord {
  return {
    ...row,
    runners: runners === null ? null : (JSON.parse(runners) as object),
    manifest: JSON.parse(manifest) as object,
  }
}

/** Of two that take a name at once, the database lets one. */
function isTaken(error: unknown): boolean {
  const { code = '', message = '', constraint = '' } = error as { code?: string; message?: string; constraint?: string }
  return (code === '23505' && constraint === 'skills_name') || /UNIQUE constraint failed: skills\./.test(message)
}
