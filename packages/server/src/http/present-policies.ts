import type * as Wire from '@cardea/sdk'
import type { Explanation, Finding, SeenPolicy } from '../policy/policy.ts'
import { time } from './present.ts'

/** Policies as JSON. The room has left out what this caller may not see. */
export function policy(seen: SeenPolicy): Wire.Policy {
  const { id, name, enabled, applies, limits, sight, createdBy, createdAt, updatedAt } = seen
  return {
    id,
    name,
    enabled,
    applies,
    limits,
    sight,
    createdBy,
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  }
}

export function explanation({ allowed, refusal, byDefault, findings, silent }: Explanation): Wire.PolicyExplanation {
  const ofNobody = byDefault ? { policyId: null, policy: null, allowed: false, ...byDefault } : null
  return { allowed, refusal: refusal ? finding(refusal) : ofNobody, findings: findings.map(finding), silent }
}

function finding({ policyId, policy, rule, allowed, sentence }: Finding): Wire.PolicyFinding {
  return { policyId, policy, rule, allowed, sentence }
}
