/**
 * What may be done, and by whom. Two questions: what a role may do, in one table that every route names (`permissions`), and what
 * an administrator of a workspace has limited (`policies`). Refuses what no table grants, and names the policy that refuses.
 */
export type { Asked, Connecting, Decisions, Using } from './decisions.ts'
export { type Due, dueBefore, dueForPausing, dueForReauthorizing, endOf, type Standing, type Timed } from './due.ts'
export { type Counts, type Facts, type Finding, type Judgement, judge, type Subject } from './judge.ts'
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
