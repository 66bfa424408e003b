import type { Role } from '../actor.ts'
import type { AskedPath } from './path-pattern.ts'

/** Whom and what a decision is about. A role that nobody knows any more is bound by every role's policies. */
export interface Subject {
  service: string
  method: string
  /** The member or key whose connection it is, or will be. */
  owner: string
  role: Role | null
  /** Whose doing it is as well: a policy about any of them binds. */
  others?: readonly { id: string; role: Role | null }[]
}

/** What is about to be done, and all that the decision depends on. */
export type Facts = Subject &
  (
    | {
        what: 'connect' | 'replace'
        visibility: 'private' | 'workspace'
        skipsTest: boolean
        /** Null where the method knows no scopes. */
        scopes: readonly string[] | null
        /** How many there are already, for each policy that limits their number. */
        counts: ReadonlyMap<string, Counts>
      }
    | { what: 'share' }
    | { what: 'keep'; livedSeconds: number }
    | { what: 'idle'; idleSeconds: number }
    | { what: 'first_use'; tested: boolean }
    | {
        what: 'mint'
        skill: string | undefined
        lifeSeconds: number
      }
    | {
        what: 'use'
        skill: string | undefined
        mintedAt: number
        at: number
        httpMethod: string
        written: string
        path: AskedPath
        host: string
        isGuarded: boolean
        upgrades: boolean
      }
  )
export type UseFacts = Extract<Facts, { what: 'use' }>
export type MintFacts = Extract<Facts, { what: 'mint' }>

export interface Counts {
  member: number
  workspace: number
}
