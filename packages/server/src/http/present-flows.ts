import type * as Wire from '@cardea/sdk'
import type { FlowAndConnection, SeenConnection, SeenFlow } from '../connections/connections.ts'
import type { Secret } from '../secret.ts'
import { shownOnce, time } from './present.ts'
import * as connections from './present-connections.ts'

type Shown = (row: NonNullable<FlowAndConnection['row']>) => SeenConnection

/** The way out for authorizations. */
export function flow({ flow: seen, row }: FlowAndConnection, shown: Shown): Wire.Flow {
  const { id, purpose, kind, state, provider, method, device, scopes, account, asks, notes, duplicateOf, problem } =
    seen
  return {
    id,
    purpose,
    kind,
    state,
    provider,
    method,
    device,
    scopes,
    account,
    asks: asks && { ...asks, code: CODES[asks.what] },
    notes: [...notes],
    duplicateOf,
    problem,
    connection: row ? connections.connection(shown(row)) : null,
    createdAt: time(seen.createdAt),
    expiresAt: time(seen.expiresAt),
  }
}

/** The problems that these would be, if they were refusals. */
const CODES: Record<NonNullable<SeenFlow['asks']>['what'], string | null> = {
  choice: 'connection.choice_needed',
  other_account: 'connection.other_account',
  confirmation: null,
}

export function startedFlow(
  made: FlowAndConnection & {
    starterSecret: Secret | undefined
    address: string | undefined
    link: Secret | undefined
  },
  shown: Shown,
  publicUrl: string,
): Wire.StartedFlow {
  const { starterSecret, address, link } = made
  return {
    ...flow(made, shown),
    authorizeUrl: address ?? (link ? `${publicUrl}/connect/go/${shownOnce(link)}` : null),
    starterSecret: starterSecret ? shownOnce(starterSecret) : null,
  }
}
