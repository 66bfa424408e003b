/**
 * What a service means by its answer. Promises: says "rejected" only when the service spoke about the credential, never because it was
 * asleep, overloaded, behind a login page or newer than its definition. A definition's own conditions are tried before any default.
 */
export { type Check, type CheckResult, checkCall, judgeCheck, judgeSilence, type OwnCall } from './check.ts'
export { classify, type Expected, type Meaning, readAnswer } from './classify.ts'
export { type Account, identify, identityCall, type Sources } from './identity.ts'
