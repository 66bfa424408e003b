import type * as Wire from '@cardea/sdk'
import type { ConnectSession, SeenConnection } from '../connections/connections.ts'
import type { Secret } from '../secret.ts'
import type { ReturnAddressRow } from '../store/schema.ts'
import { shownOnce, time, timeOrNull } from './present.ts'
import * as connections from './present-connections.ts'

/** The way out for links to the hosted page, and for the addresses that it returns to. */
export function connectSession(row: ConnectSession): Wire.ConnectSession {
  const { id, memberId, endUser, services, product, skills, visibility, returnTo, state, connectionId } = row
  return {
    id,
    member: memberId,
    endUser,
    services,
    product,
    skills,
    visibility,
    returnTo: returnTo && { address: returnTo.address, by: returnTo.by },
    state,
    connectionId,
    createdAt: time(row.createdAt),
    openedAt: timeOrNull(row.openedAt),
    finishedAt: timeOrNull(row.finishedAt),
    expiresAt: time(row.expiresAt),
  }
}

export function createdConnectSession(
  made: { session: ConnectSession; token: Secret },
  publicUrl: string,
): Wire.CreatedConnectSession {
  return { ...connectSession(made.session), url: `${publicUrl}/connect/${shownOnce(made.token)}` }
}

export function completedConnectSession(session: ConnectSession, row: SeenConnection): Wire.CompletedConnectSession {
  return { session: connectSession(session), connection: connections.connection(row) }
}

export function returnAddress({ id, address, created_at }: ReturnAddressRow): Wire.ReturnAddress {
  return { id, address, createdAt: time(created_at) }
}
