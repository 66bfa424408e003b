import type { Adapter, Payload } from 'oidc-provider'

/**
 * What the authorization server remembers, gone with the process. Every value carries its own end, which the library checks; beyond
 * `most` of a kind the oldest go, so that a loop cannot fill the machine.
 */
export interface Memory {
  of(kind: string): Adapter
  count(kind: string): number
  /** Every grant and what came of it; how many there were. */
  endGrants(): number
}

export interface MemoryOptions {
  most: number
  /** Read with every request: where they come back to may change. */
  client(id: string): Payload | undefined
}

const OF_GRANTS = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'] as const

export function createMemory({ most, client }: MemoryOptions): Memory {
  const kinds = new Map<string, Map<string, Payload>>()
  const kept = (kind: string): Map<string, Payload> => {
    const found = kinds.get(kind) ?? new Map<string, Payload>()
    kinds.set(kind, found)
    return found
  }
  const byMember = (kind: string, member: string, value: string) =>
    kept(kind)
      .values()
      .find((payload) => payload[member] === value)

  return {
    of: (kind) => {
      const mine = kept(kind)
      return {
        upsert: async (id, payload) => {
          mine.set(id, payload)
          for (const oldest of mine.keys()) {
            if (mine.size <= most) break
            mine.delete(oldest)
          }
        },
        find: async (id) => (kind === 'Client' ? client(id) : mine.get(id)),
        findByUid: async (uid) => byMember(kind, 'uid', uid),
        findByUserCode: async (userCode) => byMember(kind, 'userCode', userCode),
        consume: async (id) => {
          const payload = mine.get(id)
          if (payload) payload.consumed = true
        },
        destroy: async (id) => {
          mine.delete(id)
        },
        revokeByGrantId: async (grantId) => {
          for (const [id, payload] of mine) if (payload.grantId === grantId) mine.delete(id)
        },
      }
    },
    count: (kind) => kept(kind).size,
    endGrants: () => {
      const ended = kept('Grant').size
      for (const kind of [...OF_GRANTS, 'Grant']) kept(kind).clear()
      return ended
    },
  }
}
