import { MINUTE } from '../../clock.ts'
import { Problem, type ProblemCode, problems } from '../../errors.ts'
import type { OauthFlowRow } from '../../store/schema.ts'

/** What came of a flow, as its row keeps it: public, for whoever began it. */
export interface FlowResult {
  problem?: Told
  asks?: FlowAsks
  account?: FlowAccount | null
  /** Undefined where the method knows no scopes. */
  granted?: string[]
  missing?: string[]
  notes?: FlowNote[]
  duplicateOf?: { id: string; name: string } | null
}

/** Of a problem what its sentences hold, and nothing else: what a service says may quote what it was sent. */
export interface Told {
  code: ProblemCode
  values: Record<string, string | number>
}

export interface FlowProblem {
  code: ProblemCode
  status: number
  title: string
  detail: string
  next: string
}

/** Somebody has to decide before it goes on. */
export interface FlowAsks {
  what: 'choice' | 'other_account' | 'confirmation'
  choices: string[]
  /** Whose it has been so far. */
  before: string | null
}

export interface FlowAccount {
  id: string
  label: string
  team: string | null
}

/** `no_refresh_token`: it ends with its token. `not_tested`: connected, and the service could not be asked. */
export type FlowNote = 'no_refresh_token' | 'fewer_scopes' | 'not_tested'

/** A flow as whoever began it sees it. */
export interface SeenFlow {
  id: string
  purpose: OauthFlowRow['purpose']
  kind: OauthFlowRow['kind']
  boundBy: OauthFlowRow['bound_by']
  state: 'open' | 'working' | 'asking' | 'done' | 'failed'
  provider: string
  method: string
  connectionId: string | null
  returnTo: string | null
  device: { userCode: string; verificationUri: string; intervalSeconds: number } | null
  scopes: { asked: string[]; added: string[]; granted: string[] | null; missing: string[] }
  account: FlowAccount | null
  asks: FlowAsks | null
  notes: FlowNote[]
  duplicateOf: { id: string; name: string } | null
  problem: FlowProblem | null
  createdAt: number
  expiresAt: number
}

/** Longer than any service is waited for: whoever was at work on it has died. */
export const AT_WORK = 3 * MINUTE

export function seenFlow(row: OauthFlowRow, now: number): SeenFlow {
  const result = resultOf(row)
  const over = overBy(row, now)
  const told = over ? toldOf(new Problem(over)) : result.problem
  return {
    id: row.id,
    purpose: row.purpose,
    kind: row.kind,
    boundBy: row.bound_by,
    state: over ? 'failed' : row.state === 'claimed' ? 'working' : row.state,
    provider: row.provider,
    method: row.method,
    connectionId: row.connection_id,
    returnTo: row.return_address,
    device:
      row.user_code === null
        ? null
        : {
            userCode: row.user_code,
            verificationUri: row.verification_uri ?? '',
            intervalSeconds: row.interval_seconds ?? 5,
          },
    scopes: {
      asked: JSON.parse(row.scopes) as string[],
      added: JSON.parse(row.new_scopes) as string[],
      granted: result.granted ?? null,
      missing: result.missing ?? [],
    },
    account: result.account ?? null,
    asks: over || row.state !== 'asking' ? null : (result.asks ?? null),
    notes: result.notes ?? [],
    duplicateOf: result.duplicateOf ?? null,
    problem: told ? flowProblem(told) : null,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

/** What time alone has ended. */
export function overBy(
  { state, expires_at, claimed_at }: Pick<OauthFlowRow, 'state' | 'expires_at' | 'claimed_at'>,
  now: number,
): 'flow.expired' | 'flow.interrupted' | undefined {
  if ((state === 'open' || state === 'asking') && expires_at <= now) return 'flow.expired'
  return state === 'claimed' && (claimed_at ?? 0) + AT_WORK <= now ? 'flow.interrupted' : undefined
}

export function resultOf({ result }: Pick<OauthFlowRow, 'result'>): FlowResult {
  return result === null ? {} : (JSON.parse(result) as FlowResult)
}

export function toldOf({ code, values }: Problem): Told {
  const { detail, next } = problems[code]
  const shown = Object.entries(values).filter(([name]) => `${detail}${next}`.includes(`{${name}}`))
  return { code, values: Object.fromEntries(shown.map(([name, value]) => [name, String(value).slice(0, 500)])) }
}

export function problemFrom({ code, values }: Told): Problem {
  const Filled = Problem as unknown as new (code: ProblemCode, values: Told['values']) => Problem
  return Object.hasOwn(problems, code) ? new Filled(code, values) : new Problem('server.fault')
}

function flowProblem(told: Told): FlowProblem {
  const { code, status, title, message, next } = problemFrom(told)
  return { code, status, title, detail: message, next }
}
