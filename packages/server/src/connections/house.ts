import type { AccountKeys } from './account-key.ts'
import type { Credentials } from './credential.ts'
import type { Epochs } from './epochs.ts'
import type { Examine } from './examine.ts'
import type { Keep } from './keep.ts'
import type { Observe } from './observe.ts'
import type { ObtainedTokens } from './obtained.ts'
import type { ConnectionsDeps, MayConnect } from './ports.ts'
import type { Revocations } from './revoke.ts'
import type { Settle } from './settle.ts'

/** What the parts of this room share, once it is built. */
export interface House extends Omit<ConnectionsDeps, 'epochs' | 'mayConnect'> {
  keep: Keep
  tokens: ObtainedTokens
  credentials: Credentials
  examine: Examine
  settle: Settle
  observe: Observe
  epochs: Epochs
  accountKeys: AccountKeys
  revocations: Revocations
  mayConnect: MayConnect
}
