import { z } from 'zod'
import { roles } from '../actor.ts'
import { Problem } from '../errors.ts'
import { faultOfUse, useLimits } from './use-limits.ts'

/**
 * The words in which administrators write policies. A policy is data and nothing else: whom and what it `applies` to, and the
 * `limits` it sets there. Each limit only ever takes away; several policies are obeyed together, the strictest first.
 */
const word = z.string().regex(/^[\w.:-]{1,100}$/, 'an id')
const scope = z
  .string()
  .max(300)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'a scope')
const role = z.enum(roles)
const roleList = z.array(role).max(roles.length)
const members = z.array(word).max(100)
const services = z.array(word).max(200)
const most = z.int().min(0).max(1_000_000)
/** From an hour, so that nobody is locked out by a slip, to ten years. */
const length = z.int().min(3600).max(315_360_000)

/** Roles, and members or keys by their id: either is enough. None at all is nobody. */
export const who = z.strictObject({ roles: z.exactOptional(roleList), members: z.exactOptional(members) })

/** What is left out does not narrow. Of roles and members either is enough. */
export const applies = z.strictObject({
  services: z.exactOptional(services),
  methods: z.exactOptional(z.array(word).max(50)),
  roles: z.exactOptional(roleList),
  members: z.exactOptional(members),
})

export const limits = z.strictObject({
  /** No others. */
  services: z.exactOptional(services),
  /** Nobody else connects, or shares. */
  connect: z.exactOptional(who),
  share: z.exactOptional(who),
  /** No others, of the services that the policy names. */
  scopes: z.exactOptional(z.array(scope).max(100)),
  /** A credential is not used before the service has accepted it once. */
  testFirst: z.exactOptional(z.boolean()),
  /** Connections that one member has, or all together, of what the policy applies to. */
  mostPerMember: z.exactOptional(most),
  mostPerWorkspace: z.exactOptional(most),
  reauthorizeAfterSeconds: z.exactOptional(length),
  pauseAfterIdleSeconds: z.exactOptional(length),
  ...useLimits,
})

export type Who = z.output<typeof who>
export type Applies = z.output<typeof applies>
export type Limits = z.output<typeof limits>
export type Rule = keyof Limits

/** What judging needs of a policy. */
export interface Policy {
  id: string
  name: string
  enabled: boolean
  applies: Applies
  limits: Limits
}

export type PolicyInput = Omit<Policy, 'id'>

/** Both the old and the new must fit into one record of the audit trail. */
const LONGEST_POLICY = 3500
const LONGEST_NAME = 100
// What is not seen, or turns the text around it: the name is quoted in refusals that others read.
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

/** A policy as it is kept: names in one spelling, lists without repetition. Refuses what would say nothing, or too much. */
export function checkedPolicy({ name: given, enabled, applies, limits }: PolicyInput): PolicyInput {
  const name = given.normalize('NFC').trim()
  const isFit = name !== '' && [...name].length <= LONGEST_NAME && !UNFIT.test(name) && name.isWellFormed()
  if (!isFit) throw invalid('name', `must be 1 to ${LONGEST_NAME} characters that can be seen`)
  const policy = { name, enabled, applies: withoutRepetition(applies), limits: withoutRepetition(limits) }
  for (const demand of ['testFirst', 'requireManifest', 'readOnly'] as const) {
    if (limits[demand] === false) delete policy.limits[demand]
  }
  if (limits.budgets?.length === 0) delete policy.limits.budgets
  if (Object.keys(policy.limits).length === 0) throw invalid('limits', 'must hold at least one limit')
  for (const [name, list] of Object.entries(policy.applies)) {
    if (list.length === 0) throw invalid(`applies.${name}`, 'must name one at least; leave it out for all')
  }
  if (policy.limits.scopes && !policy.applies.services) {
    throw invalid('limits.scopes', 'are the words of one service: name it under applies.services')
  }
  const fault = faultOfUse(limits)
  if (fault) throw invalid(fault.path, fault.message)
  if (JSON.stringify(policy).length > LONGEST_POLICY) {
    throw invalid('', `is too long; a policy has at most ${LONGEST_POLICY} characters`)
  }
  return policy
}

function withoutRepetition<T extends object>(block: T): T {
  const entries = Object.entries(block).map(([name, value]): [string, unknown] => {
    if (Array.isArray(value)) return [name, [...new Set(value)]]
    return [name, typeof value === 'object' && value !== null ? withoutRepetition(value) : value]
  })
  return Object.fromEntries(entries) as T
}

function invalid(at: string, message: string): Problem {
  return new Problem('request.invalid', { issues: [{ path: at ? `body.${at}` : 'body', message }] })
}
