import { SECOND } from '../clock.ts'
import type { MintFacts, UseFacts } from './facts.ts'
import { hoursInWords, openAt } from './hours.ts'
import { AskedPath, hostPattern, pathPattern } from './path-pattern.ts'
import { inWords, listed } from './phrase.ts'
import type { Limits, Policy } from './rules.ts'
import { type Budgeted, budgetsEvery, type useLimits } from './use-limits.ts'

export type UseRule = keyof typeof useLimits

/**
 * One limit on use, with its patterns taken apart once: what decides at every call is also what explains. `allows` is undefined where the
 * limit has nothing to say.
 */
export interface Compiled {
  rule: UseRule
  allows(facts: UseFacts | MintFacts): boolean | undefined
  says(facts: UseFacts | MintFacts): string
}

export interface CompiledPolicy {
  policy: Policy
  rules: readonly Compiled[]
  budgets: readonly CompiledBudget[]
}

export interface CompiledBudget extends Budgeted {
  perSeconds: number
  /** What is counted together: the same until the policy is deleted, however its limit changes. */
  key: string
}

type Compile<R extends UseRule> = (limit: NonNullable<Limits[R]>) => Omit<Compiled, 'rule'>

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** In the order in which refusals are given. */
const compilers: { [R in UseRule]-?: Compile<R> } = {
  skills: (skills) => {
    const allowed = new Set(skills)
    const sentence = `It allows ${listed(skills, 'no skill at all', 'only these skills')}.`
    return { allows: ({ skill }) => skill !== undefined && allowed.has(skill), says: () => sentence }
  },
  requireManifest: (required) => ({
    allows: ({ skill }) => (required ? skill !== undefined : undefined),
    says: () => 'It wants every call made by a skill with a manifest.',
  }),
  hosts: (hosts) => {
    const patterns = hosts.map(hostPattern)
    const sentence = `It allows ${listed(hosts, 'no host at all', 'only these hosts')}.`
    return ofUse(({ host }) => patterns.some((fits) => fits(host)), sentence)
  },
  httpMethods: (methods) => {
    const allowed = new Set(methods)
    const sentence = `It allows ${listed(methods, 'no HTTP method at all', 'only these HTTP methods')}.`
    return ofUse(({ httpMethod }) => allowed.has(httpMethod), sentence)
  },
  readOnly: (isOnly) =>
    ofUse(
      ({ httpMethod, upgrades }) => (isOnly ? READING.has(httpMethod) && !upgrades : undefined),
      'It allows reading only: GET, HEAD and OPTIONS, and no WebSocket.',
    ),
  paths: (paths) => {
    const patterns = paths.map(pathPattern)
    const sentence = `It allows ${listed(paths, 'no path at all', 'only these paths')}.`
    return {
      allows: (facts) => (facts.what === 'use' ? facts.path.fits(patterns) : undefined),
      says: (facts) => sentence + manyReadings(facts),
    }
  },
  guardedPaths: (paths) => {
    const patterns = paths.map(pathPattern)
    const sentence = `Of the calls that make or show credentials it allows ${listed(paths, 'none', 'only these')}.`
    return {
      allows: (facts) => (facts.what === 'use' && facts.isGuarded ? facts.path.fits(patterns) : undefined),
      says: (facts) => sentence + manyReadings(facts),
    }
  },
  hours: (hours) => {
    const isOpen = openAt(hours)
    return ofUse(({ at }) => isOpen(at), `It allows calls ${hoursInWords(hours)}.`)
  },
  longestTokenSeconds: (longest) => ({
    allows: (facts) => {
      if (facts.what === 'mint') return facts.lifeSeconds <= longest
      return facts.at - facts.mintedAt < longest * SECOND
    },
    says: () => `It lets a broker token live for ${inWords(longest)} at most.`,
  }),
  // How much is left is known to who counts: here a budget says only what it is.
  budgets: (budgets) => ofUse(() => (budgets.length > 0 ? true : undefined), `It allows ${budgetsInWords(budgets)}.`),
}

export const useRules = Object.keys(compilers) as UseRule[]

/** By the policy as it was read: another version of it is another object. */
const compiled = new WeakMap<Policy, CompiledPolicy>()

export function compiledPolicy(policy: Policy): CompiledPolicy {
  let known = compiled.get(policy)
  if (!known) {
    known = {
      policy,
      rules: useRules.flatMap((rule) => compileRule(rule, policy.limits) ?? []),
      budgets: (policy.limits.budgets ?? []).map((budget) => ({
        ...budget,
        perSeconds: budgetsEvery[budget.every],
        key: `${policy.id} ${budget.per} ${budget.every}`,
      })),
    }
    compiled.set(policy, known)
  }
  return known
}

function compileRule<R extends UseRule>(rule: R, limits: Limits): Compiled | undefined {
  const limit = limits[rule]
  if (limit === undefined) return undefined
  const compile = compilers[rule] as Compile<R>
  return { rule, ...compile(limit as NonNullable<Limits[R]>) }
}

function ofUse(allows: (facts: UseFacts) => boolean | undefined, sentence: string): Omit<Compiled, 'rule'> {
  return { allows: (facts) => (facts.what === 'use' ? allows(facts) : undefined), says: () => sentence }
}

function manyReadings(facts: UseFacts | MintFacts): string {
  if (facts.what !== 'use' || facts.path.readings.length === 1) return ''
  return ' The path of this call can be read in more than one way, and each has to fit.'
}

function budgetsInWords(budgets: readonly Budgeted[]): string {
  return budgets
    .map(({ per, calls, every }) => `${calls} calls ${every === 'hour' ? 'an' : 'a'} ${every} for each ${per}`)
    .join(', ')
}

/** The call itself, as everybody tells it. */
export interface Call {
  /** Of HTTP, in capitals. */
  method: string
  /** As the caller wrote it, without query: below the base address, or the whole path where it names the host. */
  path: string
  /** As the target room found it; empty where the address is itself the secret. */
  host: string
  namesHost: boolean
  /** Whether it makes or shows credentials, as the target room says. */
  isGuarded: boolean
  /** Becomes a WebSocket, on which more than reading is said. */
  upgrades?: boolean
}

export function askedPath({ path, host, namesHost }: Call): AskedPath {
  return new AskedPath(path, namesHost ? host : undefined)
}
