/**
 * What may be done, and by whom. Two questions: what a role may do, in one table that every route names (`permissions`), and what
 * an administrator of a workspace has limited (`policies`). Refuses what no table grants, and names the policy that refuses.
 */
export type { Connecting, Decisions, Minting, Using } from './decisions.ts'
export { type Due, dueBefore, dueForPausing, dueForReauthorizing, endOf, type Standing, type Timed } from './due.ts'
export type { Aim, Aimed, Asked, AskedUse, Explanation } from './explain.ts'
export type { Counts, Facts, Subject } from './facts.ts'
export { type Finding, type Judgement, judge } from './judge.ts'
export {
  type Decision,
  decide,
  isRolePermission,
  type OperatorPermission,
  openPermissions,
  operatorPermissions,
  type Permission,
  type RolePermission,
  roleHas,
  rolePermissions,
} from './permissions.ts'
export { createPolicies, MOST_POLICIES, type NewPolicy, type Policies, type SeenPolicy } from './policies.ts'
export { type Allowed, type Budget, mayReach, type PassageFacts, type Person } from './reach.ts'
export {
  type Applies,
  applies,
  type Limits,
  limits,
  type Policy,
  type PolicyInput,
  type Rule,
  type Who,
  who,
} from './rules.ts'
export type { Call } from './use.ts'
