import type { ConnectionRow } from '../store/schema.ts'
import { isReason, reasons } from './reasons.ts'

/** The policy by which time ended for a connection, as it said so then: it may have been changed since. */
export interface EndedBy {
  policyId: string
  policy: string
  sentence: string
}

type Limited = Pick<ConnectionRow, 'paused_by' | 'ended_by'>

export function endedBy(row: Limited, reason: string | null): EndedBy | undefined {
  const kept = reason === 'paused_idle' ? row.paused_by : reason === 'life_ended' ? row.ended_by : null
  return kept === null ? undefined : (JSON.parse(kept) as EndedBy)
}

/** What happened and what to do, with the policy that did it. */
export function wordsOf(row: Limited, reason: string | null): { sentence: string; todo: string } | undefined {
  if (!isReason(reason)) return undefined
  const { sentence, todo } = reasons[reason]
  const by = endedBy(row, reason)
  return { sentence: by ? `${sentence} The policy is "${by.policy}". ${by.sentence}` : sentence, todo }
}
