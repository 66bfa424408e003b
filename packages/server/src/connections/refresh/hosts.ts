import type { Secret } from '../../secret.ts'

/**
 * Access tokens for hosts that want one of their own, minted from the same refresh token. In this process only: the refresh token buys them
 * again at any time, so that no disk holds them.
 */
export interface HostTokens {
  get(connectionId: string, host: string, now: number): HostToken | undefined
  put(connectionId: string, host: string, token: Omit<HostToken, 'purchase'>): void
}

export interface HostToken {
  accessToken: Secret
  expiresAt: number | undefined
  /** Tells one that was refused from the one that took its place. */
  purchase: number
}

const MOST = 10_000
/** A call that is begun with it arrives before its end. */
const MARGIN = 5000

export function createHostTokens(): HostTokens {
  const kept = new Map<string, HostToken>()
  let purchases = 0
  return {
    get: (connectionId, host, now) => {
      const found = kept.get(`${connectionId} ${host}`)
      return found && (found.expiresAt === undefined || now < found.expiresAt - MARGIN) ? found : undefined
    },
    put: (connectionId, host, token) => {
      const name = `${connectionId} ${host}`
      kept.delete(name)
      kept.set(name, { ...token, purchase: ++purchases })
      if (kept.size > MOST) kept.delete(kept.keys().next().value!)
    },
  }
}
