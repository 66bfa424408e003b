import { actorId, type Caller, type Role } from '../actor.ts'
import type { Clock } from '../clock.ts'
import { mintToken } from '../crypto/token.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { isRolePermission, roleHas } from '../policy/policy.ts'
import type { Secret } from '../secret.ts'
import { type ApiKeyRecord, createApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Store } from '../store/store.ts'
import type { AuditPort } from './audit-port.ts'
import { invalid, isId, readName } from './entered.ts'
import { refuseMoreThan, workspaceOf } from './grants.ts'
import { leavesNothing, type Offboarded, type OnOwnerGone } from './members.ts'

export interface ApiKey {
  id: string
  name: string
  role: Role
  /** When present, the key may do only these. */
  permissions?: readonly string[]
  /** When present, it mints tokens for this skill and does nothing else. */
  skillId?: string
  /** How the token begins. */
  hint: string
  createdBy: string
  createdAt: number
  expiresAt?: number
  lastUsedAt?: number
  revokedAt?: number
}

export interface NewKey {
  name: string
  role: Role
  /** Narrows what the role may do. */
  permissions?: readonly string[] | undefined
  /** An instant in the future. */
  expiresAt?: number | undefined
  /** Whoever gives it has seen that there is such a skill. */
  skillId?: string | undefined
}

export interface Keys {
  /** The token is shown this once. */
  create(caller: Caller, input: NewKey): Promise<{ key: ApiKey; token: Secret }>
  list(caller: Caller, page: PageRequest): Promise<Page<ApiKey>>
  /** At once, everywhere: every request looks the key up. Answers with what became of what it owned. */
  revoke(caller: Caller, id: string): Promise<Offboarded>
}

export function createKeys({
  store,
  clock,
  audit,
  onKeyRevoked = leavesNothing,
}: {
  store: Store
  clock: Clock
  audit: AuditPort
  onKeyRevoked?: OnOwnerGone | undefined
}): Keys {
  return {
    create: async (caller, input) => {
      const workspaceId = workspaceOf(caller)
      const name = readName(input.name)
      const permissions = input.permissions && [...new Set(input.permissions)].sort()
      for (const permission of permissions ?? []) {
        if (!isRolePermission(permission) || !roleHas(input.role, permission)) {
          throw new Problem('key.exceeds_role', { role: input.role, permission })
        }
      }
      refuseMoreThan(caller.actor, input.role, permissions)
      const now = clock.now()
      const { expiresAt } = input
      if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > now)) {
        throw invalid('expiresAt', 'must be in the future')
      }
      const { token, hash, hint } = mintToken('key')
      const record: ApiKeyRecord = {
        id: newId('key'),
        workspace_id: workspaceId,
        name,
        role: input.role,
        permissions: permissions ?? null,
        hint,
        created_by: actorId(caller.actor),
        created_at: now,
        expires_at: expiresAt ?? null,
        last_used_at: null,
        revoked_at: null,
        skill_id: input.skillId ?? null,
      }
      await store.within({ workspaceId }, async (db) => {
        await createApiKey(db, { ...record, tokenHash: hash })
        await audit.record(db, {
          event: 'key.created',
          workspaceId,
          caller,
          subject: record.id,
          risk: 'high',
          detail: {
            name,
            role: record.role,
            permissions: record.permissions,
            expiresAt: record.expires_at,
            ...(record.skill_id === null ? {} : { skill: record.skill_id }),
          },
        })
      })
      return { key: present(record), token }
    },

    list: async (caller, page) => {
      const workspaceId = workspaceOf(caller)
      const found = await store.within({ workspaceId }, (db) => listApiKeys(db, workspaceId, page))
      return { ...found, items: found.items.map(present) }
    },

    revoke: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      if (!isId(id)) throw new Problem('key.not_found')
      return store.within({ workspaceId }, async (db) => {
        const { outcome, name } = await revokeApiKey(db, workspaceId, id, clock.now())
        if (outcome === 'unknown') throw new Problem('key.not_found')
        if (outcome === 'was_revoked') return { connections: { deleted: 0, handedOver: 0 } }
        const connections = await onKeyRevoked(db, workspaceId, id, caller)
        await audit.record(db, {
          event: 'key.revoked',
          workspaceId,
          caller,
          subject: id,
          risk: 'high',
          detail: { name, connections },
        })
        return { connections }
      })
    },
  }
}

function present(record: ApiKeyRecord): ApiKey {
  return {
    id: record.id,
    name: record.name,
    role: record.role,
    ...(record.permissions ? { permissions: record.permissions } : {}),
    ...(record.skill_id === null ? {} : { skillId: record.skill_id }),
    hint: record.hint,
    createdBy: record.created_by,
    createdAt: record.created_at,
    ...(record.expires_at === null ? {} : { expiresAt: record.expires_at }),
    ...(record.last_used_at === null ? {} : { lastUsedAt: record.last_used_at }),
    ...(record.revoked_at === null ? {} : { revokedAt: record.revoked_at }),
  }
}
