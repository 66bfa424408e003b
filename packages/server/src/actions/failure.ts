import { scopeLink } from '../broker/broker.ts'
import { reauthorizePath } from '../connections/connections.ts'
import { isProblem, Problem } from '../errors.ts'
import type { Outcome } from './answer.ts'
import type { Found } from './found.ts'

/**
 * Failures as callers of an action need them: whether the service may have done it, so that nobody repeats what cannot be repeated, and a
 * link where somebody can mend it.
 */
export function asFailure(error: unknown, found: Found, publicUrl: string): unknown {
  if (!(error instanceof Problem)) return error
  if (isProblem(error, 'action.refused_by_service')) return mendable(error, found, publicUrl)
  const { sent, ...values } = error.values
  if (typeof sent !== 'boolean') return error
  const {
    identifier: action,
    action: { does },
  } = found
  const outcome: Outcome = sent && does !== 'read' ? 'unknown' : 'not_done'
  if (isProblem(error, 'net.failed') || isProblem(error, 'proxy.no_answer')) {
    const { host = '', kind = 'timeout', why = 'it took too long' } = values
    const said = { action, host: String(host), why: String(why), kind, outcome }
    return Object.assign(new Problem('action.unreachable', said), { cause: error })
  }
  delete error.values.sent
  error.values.outcome = outcome
  return error
}

export function scopeMissing(
  { identifier, connectionId }: Found,
  lacks: readonly string[],
  publicUrl: string,
): Problem {
  // Any is enough, and a definition names the one that allows least first.
  const reauthorizeUrl = scopeLink(publicUrl, connectionId, lacks.slice(0, 1))
  const said = { action: identifier, scopes: lacks.join(', '), missing: [...lacks], id: connectionId, reauthorizeUrl }
  return new Problem('action.scope_missing', { ...said, outcome: 'not_done' })
}

/** The service does not take the credential, or not for this. */
function mendable(problem: Problem, { action, connectionId, lacks, described }: Found, publicUrl: string): Problem {
  const { meaning } = problem.values
  if (meaning === 'rejected') problem.values.reauthorizeUrl = `${publicUrl}${reauthorizePath(connectionId)}`
  const mayLack = meaning === 'restricted' && lacks === undefined && described.method.scopes
  if (mayLack && action.scopes?.length) {
    problem.values.scopes = [...action.scopes]
    problem.values.reauthorizeUrl = scopeLink(publicUrl, connectionId, action.scopes.slice(0, 1))
  }
  return problem
}
