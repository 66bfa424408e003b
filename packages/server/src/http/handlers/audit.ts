import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import type { Caller } from '../../actor.ts'
import type { AuditFilter } from '../../audit/audit.ts'
import { Problem } from '../../errors.ts'
import { DEPLOYMENT } from '../../store/schema.ts'
import * as present from '../present.ts'
import { handler, wire } from '../route.ts'
import { instant, pageOf, pageQuery } from '../shapes.ts'

const text = z.string().nullable()
const count = z.int().nullable()
const record = wire<Wire.AuditRecord>()(
  z
    .strictObject({
      id: z.string(),
      at: instant,
      workspaceId: z.string(),
      event: z.string(),
      risk: z.enum(['low', 'high']),
      actor: z.strictObject({ kind: z.string(), id: z.string() }),
      onBehalfOf: text,
      subject: text,
      requestId: text,
      ip: text,
      connectionId: text,
      credentialVersion: count,
      skill: text,
      toolCall: text,
      run: text,
      step: text,
      host: text,
      method: text,
      path: text,
      status: count,
      bytesIn: count,
      bytesOut: count,
      durationMs: count,
      detail: z.record(z.string(), z.unknown()).nullable(),
    })
    .meta({ id: 'AuditRecord' }),
)
const recordPage = pageOf(record, 'AuditPage')

const word = z.string().min(1).max(200).optional()
const filter = z.strictObject({
  event: word,
  connection: word,
  member: word.meta({ description: 'The id of whoever acted: a person, a key …' }),
  skill: word,
  from: instant.optional().meta({ description: 'From this instant on …' }),
  to: instant.optional().meta({ description: '… and before this one.' }),
})
const pagedFilter = filter.extend(pageQuery.shape)

function readFilter({ from, to, ...words }: z.output<typeof filter>): AuditFilter {
  const given = Object.entries(words).filter(([name, value]) => value !== undefined && name in filter.shape)
  return {
    ...Object.fromEntries(given),
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
  }
}

function readPagedFilter({ limit, cursor, ...query }: z.output<typeof pagedFilter>) {
  return { ...readFilter(query), limit, ...(cursor === undefined ? {} : { cursor }) }
}

function workspaceOf({ actor }: Caller): string {
  if (!('workspaceId' in actor) || !actor.workspaceId) throw new Problem('auth.which_workspace')
  return actor.workspaceId
}

export const list = handler({
  summary: 'Lists what happened in the workspace, newest first',
  query: pagedFilter,
  reply: recordPage,
  run: async ({ rooms, caller, query }) =>
    present.auditPage(await rooms.audit.list(workspaceOf(caller), readPagedFilter(query))),
})

const EXPORTS = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const

export const exportAll = handler({
  summary: 'Streams what happened in the workspace, oldest first, as NDJSON or CSV',
  query: filter.extend({ format: z.enum(['ndjson', 'csv']).default('ndjson') }),
  gives: Object.values(EXPORTS),
  run: async ({ rooms, caller, query: { format, ...query } }) => {
    const workspaceId = workspaceOf(caller)
    await rooms.audit.use({ event: 'audit.exported', workspaceId, caller, detail: { format, ...query } })
    const content = rooms.audit[format](workspaceId, readFilter(query))
    return { type: EXPORTS[format], content, fileName: `audit.${format}` }
  },
})

export const listDeployment = handler({
  summary: 'Lists what happened to the deployment as a whole, newest first',
  query: pagedFilter,
  reply: recordPage,
  run: async ({ rooms, query }) => present.auditPage(await rooms.audit.list(DEPLOYMENT, readPagedFilter(query))),
})

export const verify = handler({
  summary: 'Proves that no record of any workspace was changed, removed or added behind the back of Cardea',
  reply: wire<Wire.AuditVerification>()(
    z
      .strictObject({
        ok: z.boolean(),
        records: z.int(),
        writers: z.int(),
        checkpoints: z.int(),
        newest: z.strictObject({ seq: z.int(), mac: z.string() }).nullable(),
        findings: z.array(
          z.strictObject({ kind: z.string(), writer: text, seq: count, to: count, sentence: z.string() }),
        ),
        more: z.int(),
      })
      .meta({ id: 'AuditVerification' }),
  ),
  run: async ({ rooms, caller }) => {
    const report = await rooms.audit.verify()
    await rooms.audit.use({ event: 'audit.verified', workspaceId: DEPLOYMENT, caller })
    return present.auditVerification(report)
  },
})
