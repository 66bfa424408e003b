import type { Clock } from '../clock.ts'
import type { JwtIssuer } from '../config/config.ts'
import type { Logger } from '../log.ts'
import type { Secret } from '../secret.ts'
import type { Store } from '../store/store.ts'
import { createAttempts } from './attempts.ts'
import type { AuditPort } from './audit-port.ts'
import { openSessions, type Sessions } from './better-auth.ts'
import { createDevices, type Devices } from './devices.ts'
import { createIdentify, type Identify } from './identify.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import { createKeys, type Keys } from './keys.ts'
import { createMembers, type Members, type OnOwnerGone } from './members.ts'
import { createOutsiders } from './outsiders.ts'
import { createPeople, type People } from './people.ts'
import { type Pruned, prune } from './prune.ts'
import { createSetup, type Setup } from './setup.ts'
import { createWorkspaces, type OnDelete, type Workspaces } from './workspaces.ts'

/**
 * People, workspaces and keys. Promises: no password, token or code is stored in clear; what is ended or revoked is
 * refused by every server at its next use; each change stands in one transaction with its audit record. Refuses: a
 * credential of the wrong kind, more than one at once, and giving away more than one has. May this actor do that? is
 * asked of `policy` before; functions of a workspace are about the caller's, and throw auth.which_workspace without one.
 */
export interface Accounts {
  identify: Identify
  people: People
  workspaces: Workspaces
  members: Members
  invitations: Invitations
  keys: Keys
  devices: Devices
  setup: Setup
  /** Deletes what has expired. Safe on every server at once. */
  prune(now?: number): Promise<Pruned>
}

export interface AccountsDeps {
  store: Store
  clock: Clock
  log: Logger
  audit: AuditPort
  /** Signs session cookies and hashes short codes; the vault keeps it. The same on every server. */
  sessionKey: () => Promise<Secret>
  publicUrl: () => string
  sessionHours: number
  signInAttempts: number
  jwtIssuers: readonly JwtIssuer[]
  /** Before a workspace is deleted: what cannot be done in that transaction. */
  beforeDelete?: (workspaceId: string) => Promise<void>
  onDelete?: readonly OnDelete[]
  onMemberRemoved?: OnOwnerGone
  onKeyRevoked?: OnOwnerGone
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { store, clock, log, audit, publicUrl } = deps
  const attempts = createAttempts({ store, clock, limit: deps.signInAttempts })
  let opening: Promise<Sessions> | undefined
  const sessions = () => {
    opening ??= openSessions(deps).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  return {
    identify: createIdentify({ store, clock, log, sessions, outsiders: createOutsiders(deps) }),
    people: createPeople({ store, clock, audit, attempts, sessions }),
    workspaces: createWorkspaces({
      store,
      clock,
      audit,
      beforeDelete: deps.beforeDelete,
      onDelete: deps.onDelete ?? [],
    }),
    members: createMembers({ store, audit, onMemberRemoved: deps.onMemberRemoved }),
    invitations: createInvitations({ store, clock, audit, publicUrl, sessions }),
    keys: createKeys({ store, clock, audit, onKeyRevoked: deps.onKeyRevoked }),
    devices: createDevices({ store, clock, audit, attempts, sessionKey: deps.sessionKey, publicUrl }),
    setup: createSetup({ store, clock, audit, publicUrl, sessions }),
    prune: (now = clock.now()) => prune(store, now),
  }
}

export type { Page, PageRequest } from '../store/page.ts'
export type { AuditEntry, AuditPort } from './audit-port.ts'
export type { DevicePoll, DeviceRequest, Devices, StartedDevice } from './devices.ts'
export type { Identified, Identify, Presented } from './identify.ts'
export type { AcceptInput, Invitation, InvitationPreview, Invitations } from './invitations.ts'
export type { ApiKey, Keys, NewKey } from './keys.ts'
export type { Member, Members, Offboarded, OnOwnerGone } from './members.ts'
export type { Login, Me, Membership, People, PersonRecord, SignedIn } from './people.ts'
export type { Pruned } from './prune.ts'
export type { FirstAdministrator, Setup } from './setup.ts'
export type { OnDelete, RemovedWorkspace, Workspace, Workspaces } from './workspaces.ts'
