import type * as Wire from '@cardea/sdk'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import type { Affected, Imported, Receipt, SeenConnection } from '../connections/connections.ts'
import type { Problem } from '../errors.ts'
import type { ConnectionReferenceRow } from '../store/schema.ts'
import { time, timeOrNull } from './present.ts'

/** Connections as JSON. What a caller may not see is null here, whatever a room has given. */
export function connection(seen: SeenConnection): Wire.Connection {
  const { id, sight, provider, owner, mine, visibility, status, health, reason, display } = seen
  const inside = sight === 'full' ? seen.inside : undefined
  return {
    id,
    sight,
    provider,
    owner,
    mine,
    visibility,
    status,
    health,
    reason,
    display,
    name: inside?.name ?? null,
    method: inside?.method ?? null,
    authType: inside?.authType ?? null,
    account: inside?.account ?? null,
    settings: inside ? { ...inside.settings } : null,
    scopes: inside?.scopes ?? null,
    missingScopes: inside?.missingScopes ?? null,
    createdAt: timeOrNull(inside?.createdAt),
    updatedAt: timeOrNull(inside?.updatedAt),
    connectedAt: timeOrNull(inside?.connectedAt),
    lastUsedAt: timeOrNull(inside?.lastUsedAt),
    lastSuccessAt: timeOrNull(inside?.lastSuccessAt),
    checkedAt: timeOrNull(inside?.checkedAt),
    nextCheckAt: timeOrNull(inside?.nextCheckAt),
    expiresAt: timeOrNull(inside?.expiresAt),
    revocation: inside?.revocation
      ? { ...inside.revocation, finishedAt: timeOrNull(inside.revocation.finishedAt) }
      : null,
  }
}

export function createdConnection(made: {
  connection: SeenConnection
  duplicateOf: { id: string; name: string } | undefined
}): Wire.CreatedConnection {
  return { ...connection(made.connection), duplicateOf: made.duplicateOf ?? null }
}

export function reference(row: ConnectionReferenceRow): Wire.ConnectionReference {
  const { reference, label, source } = row
  return { reference, label, source, createdAt: time(row.created_at), lastUsedAt: timeOrNull(row.last_used_at) }
}

export function affected({ count, lastUsedAt, references }: Affected, now: number): Wire.AffectedReferences {
  return {
    count,
    lastUsedAt: timeOrNull(lastUsedAt),
    sentence: sentenceOf(count, lastUsedAt, now),
    references: references.map(reference),
  }
}

function sentenceOf(count: number, lastUsedAt: number | null, now: number): string {
  if (count === 0) return 'No step is known to use it.'
  const used = `Used by ${count} ${count === 1 ? 'step' : 'steps'}`
  return lastUsedAt === null ? `${used}.` : `${used}, last ${agoOf(now - lastUsedAt)}.`
}

function agoOf(milliseconds: number): string {
  for (const [length, name] of [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
  ] as const) {
    const times = Math.floor(milliseconds / length)
    if (times >= 1) return `${times} ${name}${times === 1 ? '' : 's'} ago`
  }
  return 'a moment ago'
}

export function changedConnection(
  changed: { connection: SeenConnection; affected: Affected | undefined; dryRun: boolean },
  now: number,
): Wire.ChangedConnection {
  return {
    ...connection(changed.connection),
    dryRun: changed.dryRun,
    affected: changed.affected ? affected(changed.affected, now) : null,
  }
}

export function deletedConnection(receipt: Receipt, now: number): Wire.DeletedConnection {
  const { id, dryRun, credential, revocation } = receipt
  return { id, dryRun, credential, revocation, affected: affected(receipt.affected, now) }
}

export function importedConnections(
  results: readonly Imported[],
  shown: (of: NonNullable<Imported['created']>) => SeenConnection,
): Wire.ImportedConnections {
  const presented = results.map(
    ({ created, problem }): Wire.ImportedConnection => ({
      connection: created ? connection(shown(created)) : null,
      duplicateOf: created?.duplicateOf ?? null,
      problem: problem ? refusal(problem) : null,
    }),
  )
  const refused = results.filter(({ problem }) => problem).length
  return { imported: results.length - refused, refused, results: presented }
}

function refusal(problem: Problem): NonNullable<Wire.ImportedConnection['problem']> {
  const issues = Array.isArray(problem.values.issues) ? (problem.values.issues as Wire.Issue[]) : []
  return {
    code: problem.code,
    detail: problem.message,
    next: problem.next,
    issues: issues.map(({ path, message }) => ({ path, message })),
  }
}
