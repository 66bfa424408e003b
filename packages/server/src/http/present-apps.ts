import type * as Wire from '@cardea/sdk'
import type { Apps, Changed, MustReconnect, Removed, SeenApp } from '../apps/apps.ts'
import { addressWarning, type FoundAt } from './found-at.ts'
import { time, timeOrNull } from './present.ts'

/** OAuth apps as JSON. No secret is in what the room gives; of one that a caller only uses, no more than that it is there. */
export interface Place {
  publicUrl(): string
  foundAt: FoundAt | undefined
}

export function redirectUri({ publicUrl }: Place): string {
  return `${publicUrl()}/oauth/callback`
}

export function app(seen: SeenApp, place: Place): Wire.OauthApp {
  const { id, sight, origin, provider, methods } = seen
  const row = sight === 'full' ? seen.app : undefined
  return {
    id,
    sight,
    origin,
    provider,
    methods: [...methods],
    name: row?.name ?? 'ready',
    isDefault: row?.is_default ?? null,
    source: row?.source ?? null,
    clientId: row?.client_id || null,
    clientAuth: row?.client_auth ?? null,
    keyId: row?.key_id ?? null,
    settings: row ? { ...row.settings } : null,
    extraScopes: row ? [...row.extra_scopes] : null,
    secrets: row ? row.holds.map((name) => name.replace(/^field:/, '')) : null,
    trouble: row?.trouble
      ? { error: row.trouble.error, description: row.trouble.description ?? null, at: time(row.trouble_at ?? 0) }
      : null,
    retiredAt: timeOrNull(row?.retired_at),
    createdBy: row?.created_by ?? null,
    createdAt: timeOrNull(row?.created_at),
    updatedAt: timeOrNull(row?.updated_at),
    redirectUri: redirectUri(place),
    warning: sight === 'full' ? addressWarning(place.publicUrl(), place.foundAt) : null,
  }
}

export function changedApp({ app: seen, dryRun, mustReconnect }: Changed, place: Place): Wire.ChangedOauthApp {
  return { ...app(seen, place), dryRun, mustReconnect: reconnecting(mustReconnect) }
}

export function deletedApp({ id, dryRun, mustReconnect }: Removed): Wire.DeletedOauthApp {
  return { id, dryRun, mustReconnect: reconnecting(mustReconnect) }
}

export function plan(provider: string, wanted: Awaited<ReturnType<Apps['wanted']>>, place: Place): Wire.OauthAppPlan {
  return {
    provider,
    redirectUri: redirectUri(place),
    warning: addressWarning(place.publicUrl(), place.foundAt),
    methods: wanted.map(({ method, takesClient, clientAuth, settings, fields, takesScopes }) => ({
      id: method,
      takesClient,
      clientAuth: [...clientAuth],
      settings: Object.keys(settings),
      fields: Object.keys(fields),
      takesScopes,
    })),
  }
}

function reconnecting({ count, workspaces, connections }: MustReconnect): Wire.MustReconnect {
  return {
    count,
    workspaces,
    sentence: sentenceOf(count, workspaces),
    connections: connections.map(({ id, name, owner: { kind, id: ownerId } }) => ({
      id,
      name,
      owner: { kind, id: ownerId },
    })),
  }
}

function sentenceOf(count: number, workspaces: number): string {
  if (count === 0) return 'Nobody has to connect again.'
  const one = count === 1
  const where = workspaces > 1 ? ` in ${workspaces} workspaces` : ''
  return `${count} ${one ? 'connection' : 'connections'}${where} will have to be connected again.`
}
