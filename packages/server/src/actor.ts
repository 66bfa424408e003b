/** Who is asking. Decided once, at the door; rooms below receive it and never look at a header. */

export const roles = ['admin', 'editor', 'viewer'] as const
export type Role = (typeof roles)[number]

/** A person signed in to Cardea: by a browser session, or by a command line that they approved. */
export interface Person {
  kind: 'person'
  userId: string
  /** The session or command-line login that presented itself, so that it can be ended. */
  loginId: string
  operator: boolean
  /** The workspace this request is about and the person's role there, when it is about one. */
  workspaceId?: string
  role?: Role
}

/** A workspace API key. */
export interface Key {
  kind: 'key'
  keyId: string
  workspaceId: string
  role: Role
  /** When present, narrows the role to these permissions. */
  permissions?: readonly string[]
  /** When present, all it may do is to mint tokens for this skill. */
  skillId?: string
}

/** A person whom another product's identity provider vouches for with a JWT. */
export interface Outsider {
  kind: 'outsider'
  userId: string
  issuer: string
  workspaceId: string
  role: Role
}

/** Whoever owns the data folder, through its owner-only socket or with no server running. */
export interface Operator {
  kind: 'operator'
  workspaceId?: string
}

/** Cardea itself: migrations, rotations, sweeps. */
export interface System {
  kind: 'system'
}

export interface Nobody {
  kind: 'nobody'
}

export type Actor = Person | Key | Outsider | Operator | System | Nobody

export const system: System = { kind: 'system' }
export const nobody: Nobody = { kind: 'nobody' }

/** Who is asking, from where, in which request: what every room that changes something is told. */
export interface Caller {
  actor: Actor
  requestId: string
  ip: string
}

/** A stable id of the actor, for audit records, limits and idempotency. */
export function actorId(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
    case 'outsider':
      return actor.userId
    case 'key':
      return actor.keyId
    default:
      return actor.kind
  }
}
