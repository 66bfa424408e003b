import type { Caller } from '../actor.ts'
import type { AuditUse, Claim } from '../audit/audit.ts'
import type { Logger } from '../log.ts'
import type { AuditPort } from './ports.ts'
import type { References } from './references.ts'

/** A use of a connection, for the trail: on whose behalf, in which run, at which step, and where it is about to go. */
export interface StepUse extends Omit<AuditUse, 'connectionId' | 'credentialVersion'> {
  workspaceId: string
  connectionId: string
  /** Of the credential that is used. */
  version: number
  detail?: Record<string, unknown>
}

/**
 * Records a use where it happens, apart from those who look at a connection or change it. Resolves when the record is durable: what then
 * leaves is on record, and what is claimed with it is taken. Whether the caller may use it has been decided before.
 */
export type UsedBy = (caller: Caller, use: StepUse, claim?: Claim) => Promise<void>

export function createStepUses(deps: {
  audit: Pick<AuditPort, 'use'>
  log: Logger
  learned: References['learned']
  /** Goes on without anybody waiting. */
  aside(work: Promise<unknown>): void
}): UsedBy {
  const { audit, log, learned, aside } = deps
  return async (caller, { workspaceId, connectionId, version, detail, ...use }, claim) => {
    const record = {
      event: 'connection.used' as const,
      workspaceId,
      caller,
      subject: connectionId,
      use: { ...use, connectionId, credentialVersion: version },
      ...(detail ? { detail } : {}),
    }
    await audit.use(record, claim)
    // Of two runs the step is the same: what names one call or one run refers to nothing that is used again.
    const reference = use.step ?? use.skill
    if (!reference) return
    const noted = learned(workspaceId, connectionId, reference)?.catch((error: unknown) =>
      log.warn('the step that uses a connection could not be noted', { connection: connectionId, error }),
    )
    if (noted) aside(noted)
  }
}
