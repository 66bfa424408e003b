import { z } from 'zod'
import type { Identify } from '../accounts/accounts.ts'
import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { decide, type RolePermission } from '../policy/policy.ts'
import type { Secret } from '../secret.ts'
import { hosts, methods, paths } from './manifest.ts'
import { type GrantedTo, LIFE, type Mint, type MintedBrokerToken, type NewToken } from './mint.ts'
import type { Narrow } from './narrow.ts'
import { kindOfToken } from './presented.ts'
import type { Proofs } from './proof.ts'

/**
 * The same by the standard: token exchange (RFC 8693) with rich authorization requests (RFC 9396), so that software which knows those needs
 * nothing of ours. The subject is whose connections are meant, and shows a token of their own; an actor beside it is who will use them. A
 * broker token as the subject is narrowed. A proof of possession binds what is given to its key (RFC 9449).
 */
export type Exchange = (asked: AskedExchange, by: ExchangedBy) => Promise<MintedBrokerToken>

export interface AskedExchange {
  subjectToken: Secret
  subjectTokenType: string
  actorToken?: Secret | undefined
  actorTokenType?: string | undefined
  requestedTokenType?: string | undefined
  /** The workspace, for who is in several. */
  audience?: string | undefined
  authorizationDetails?: string | undefined
}

export interface ExchangedBy {
  requestId: string
  ip: string
  /** Where the request came to, and the proof that it carried. */
  url: string
  proof: string | undefined
}

const TYPE = 'urn:ietf:params:oauth:token-type:'
const ACCEPTED = [`${TYPE}access_token`, `${TYPE}jwt`]

const bounds = {
  /** RFC 9396 calls them so. */
  locations: z.exactOptional(hosts.max(50)),
  actions: z.exactOptional(methods.max(20)),
  paths: z.exactOptional(paths.max(100)),
}
const word = z.string().min(1).max(200)
const details = z
  .array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('cardea_connection'), identifier: word, ...bounds }),
      z.strictObject({
        type: z.literal('cardea_token'),
        skill: z.exactOptional(word),
        tool_call: z.exactOptional(word),
        run: z.exactOptional(word),
        step: z.exactOptional(word),
        on_behalf_of: z.exactOptional(word),
        uses: z.exactOptional(z.int().min(1).max(1_000_000)),
        bytes: z.exactOptional(z.int().min(0).max(Number.MAX_SAFE_INTEGER)),
        life_seconds: z.exactOptional(z.int().min(1).max(LIFE.most)),
        on_unavailable: z.exactOptional(z.enum(['fail', 'wait'])),
      }),
    ]),
  )
  .max(51)

const MOST_TEXT = 65_536

export function createExchange(deps: { identify: Identify; mint: Mint; narrow: Narrow; proofs: Proofs }): Exchange {
  const { identify, mint, narrow, proofs } = deps

  async function known(token: Secret, audience: string | undefined): Promise<Caller['actor']> {
    const presented = kindOfToken(token) === 'key' ? { apiKey: token } : { bearer: token }
    const { actor } = await identify({ ...presented, ...(audience === undefined ? {} : { workspace: audience }) })
    return actor
  }

  async function exchanged(asked: AskedExchange, by: ExchangedBy): Promise<MintedBrokerToken> {
    refuseUnknownTypes(asked)
    const input = readDetails(asked.authorizationDetails)
    const { requestId, ip, url } = by
    if (kindOfToken(asked.subjectToken) === 'broker') {
      const { skill, run, onBehalfOf, onUnavailable } = input
      const other = { skill, run, on_behalf_of: onBehalfOf, on_unavailable: onUnavailable }
      const given = Object.entries(other).find(([, value]) => value !== undefined)
      if (given) throw wrongDetails(given[0], 'stays as it is in a token that is narrowed')
      return narrow(asked.subjectToken, input, { proof: { header: by.proof, method: 'POST', url }, requestId, ip })
    }
    const proof = by.proof === undefined ? undefined : await proofs.check(by.proof, { method: 'POST', url })
    const callerOf = (actor: Caller['actor']): Caller => ({ actor, requestId, ip })
    const subject = callerOf(await known(asked.subjectToken, asked.audience))
    const actor = asked.actorToken && callerOf(await known(asked.actorToken, asked.audience))
    const minter = actor ?? subject
    admit(minter, 'token:mint')
    if (actor) admit(subject, 'connection:read')
    const { lifeSeconds } = input
    if (lifeSeconds !== undefined && lifeSeconds < LIFE.least) {
      throw wrongDetails('life_seconds', `is at least ${LIFE.least}`)
    }
    return mint(minter, { ...input, ...(proof === undefined ? {} : { proof }) }, actor && subject)
  }

  return (asked, by) =>
    exchanged(asked, by).catch((error: unknown) => {
      // In the words of the standard; what happened and what to do stays as it is.
      if (error instanceof Problem && error.status < 500 && error.status !== 429) {
        error.values.oauth ??= wordFor(error)
      }
      throw error
    })
}

function refuseUnknownTypes({ subjectTokenType, actorToken, actorTokenType, requestedTokenType }: AskedExchange): void {
  const wrong = (name: string) =>
    new Problem('request.invalid', { issues: [{ path: name, message: `is one of ${ACCEPTED.join(', ')}` }] })
  if (!ACCEPTED.includes(subjectTokenType)) throw wrong('subject_token_type')
  if ((actorToken !== undefined) !== (actorTokenType !== undefined)) throw wrong('actor_token_type')
  if (actorTokenType !== undefined && !ACCEPTED.includes(actorTokenType)) throw wrong('actor_token_type')
  if (requestedTokenType !== undefined && requestedTokenType !== ACCEPTED[0]) throw wrong('requested_token_type')
}

function admit({ actor }: Caller, permission: RolePermission): void {
  const decision = decide(actor, permission)
  if (decision === 'allowed') return
  if (decision === 'which_workspace') throw new Problem('auth.which_workspace')
  throw new Problem('auth.forbidden', { permission })
}

function readDetails(text: string | undefined): NewToken {
  if (text === undefined) return {}
  const read = details.safeParse(parsed(text))
  if (!read.success) {
    const [issue] = read.error.issues
    throw wrongDetails(issue!.path.map(String).join('.').slice(0, 200), issue!.message.slice(0, 200))
  }
  const tokens = read.data.filter((each) => each.type === 'cardea_token')
  if (tokens.length > 1) throw wrongDetails('', 'holds more than one entry of type cardea_token')
  const connections = read.data.flatMap((each): GrantedTo[] =>
    each.type === 'cardea_connection'
      ? [
          {
            connection: each.identifier,
            ...(each.locations ? { hosts: each.locations } : {}),
            ...(each.actions ? { methods: each.actions } : {}),
            ...(each.paths ? { paths: each.paths } : {}),
          },
        ]
      : [],
  )
  const [token] = tokens
  return {
    ...(connections.length > 0 ? { connections } : {}),
    skill: token?.skill,
    toolCall: token?.tool_call,
    run: token?.run,
    step: token?.step,
    onBehalfOf: token?.on_behalf_of,
    uses: token?.uses,
    bytes: token?.bytes,
    lifeSeconds: token?.life_seconds,
    onUnavailable: token?.on_unavailable,
  }
}

function parsed(text: string): unknown {
  if (text.length > MOST_TEXT) throw wrongDetails('', 'is too long')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw Object.assign(wrongDetails('', 'is no JSON'), { cause: error })
  }
}

function wrongDetails(path: string, message: string): Problem {
  const at = ['authorization_details', path].filter(Boolean).join('.')
  return new Problem('request.invalid', { issues: [{ path: at, message }], oauth: 'invalid_authorization_details' })
}

function wordFor({ code }: Problem): string {
  if (code === 'token.proof_missing' || code === 'token.proof_wrong') return 'invalid_dpop_proof'
  if (code === 'auth.forbidden' || code === 'token.wrong_skill') return 'unauthorized_client'
  if (/^(auth\.rejected|token\.(unknown|expired|revoked|skill_stopped)|workspace\.)/.test(code)) return 'invalid_grant'
  return /^(token|connection|policy|service|skill)\./.test(code) ? 'invalid_target' : 'invalid_request'
}
