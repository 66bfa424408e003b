import type { Method, Service, Values } from '@cardea/catalog'
import type { Secrets } from '../inject/values.ts'
import type { Party } from '../oauth/oauth.ts'
import type { ConnectionRow } from '../store/schema.ts'
import type { Target } from '../target/target.ts'

/** A connection with everything that a call of ours is made of. `secrets` are what was entered, `obtained` what that buys. */
export interface Prepared {
  service: Service
  method: Method
  settings: Values
  learned: Values
  /** Settings, learned values and what follows from them: checked. */
  open: Values
  secrets: Secrets
  base?: number
}

export function prepare(
  target: Target,
  service: Service,
  method: Method,
  of: { settings: Values; learned: Values; secrets: Secrets; base?: number | null },
): Prepared {
  const { settings, learned, secrets, base } = of
  const open = target.valuesOf(service, method, settings, learned)
  return { service, method, settings, learned, open, secrets, ...(base == null ? {} : { base }) }
}

export function partyOf({ service, method, open, secrets }: Prepared): Party {
  return { service, method, open, secrets }
}

/** What Cardea obtains by itself, without anybody at a browser. */
const BY_ITSELF = new Set(['client_credentials', 'assertion', 'jwt', 'login'])

export type Kind = 'entered' | 'obtained' | 'granted'

export function kindOf({ obtain }: Method): Kind {
  if (obtain.by === 'nothing') return 'entered'
  return BY_ITSELF.has(obtain.by) ? 'obtained' : 'granted'
}

export function textsOf(json: string): Record<string, string> {
  return JSON.parse(json) as Record<string, string>
}

export function publicPart(row: Pick<ConnectionRow, 'settings' | 'learned' | 'base'>) {
  return { settings: textsOf(row.settings), learned: textsOf(row.learned), base: row.base }
}
