import type { Audit, Claim } from '../audit/audit.ts'
import type { Connections } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Logger } from '../log.ts'
import { addToBrokerTokens, type BrokerTokenRecord, enterWorkspace, lockBrokerTokens } from '../store/broker-tokens.ts'
import type { Db, Store } from '../store/store.ts'
import type { Behind } from './given.ts'
import type { Ending, Going, Passage } from './passage.ts'
import { type Redeem, refuseOutside } from './redeem.ts'

/**
 * The last step before a call leaves, and what is told of it afterwards. A use that is limited is claimed in the transaction of its audit
 * record: whoever dies between that and sending has used it. Nothing of a token without limits is written but the record.
 */
export interface Uses {
  use(passage: Passage, going: Going): Promise<void>
  ended(passage: Passage, going: Going, ending: Ending): void
  close(): Promise<void>
}

export function createTokenUses(deps: {
  store: Store
  log: Logger
  audit: Pick<Audit, 'answered'>
  connections: Pick<Connections, 'usedBy'>
  redeem: Pick<Redeem, 'behind' | 'check'>
}): Uses {
  const { store, log, audit, connections, redeem } = deps
  const running = new Set<Promise<unknown>>()

  function aside(work: Promise<unknown>, what: string, { tokenId }: Passage): void {
    const told = work
      .catch((error: unknown) => log.warn(what, { token: tokenId, error }))
      .finally(() => running.delete(told))
    running.add(told)
  }

  return {
    use: async (passage, going) => {
      const behind = redeem.behind(passage)
      const { warm, grant, provider, action } = behind
      // Much can happen while a credential is waited for.
      await redeem.check(passage)
      refuseOutside(warm, grant, provider, { ...going, ...(action === undefined ? {} : { action }) })
      const { workspaceId, connectionId, tokenId } = passage
      const { version, host, method, path } = going
      const who = whoOf(passage)
      const detail = { token: tokenId, ...(action === undefined ? {} : { action }) }
      const use = { workspaceId, connectionId, version, ...who, host, method, path, detail }
      await connections.usedBy(passage.caller, use, claimOf(behind, going.bytes ?? 0))
    },

    ended: (passage, _, { status, bytesIn = 0, bytesOut = 0, durationMs }) => {
      const { workspaceId, connectionId, caller } = passage
      audit.answered({ workspaceId, connectionId, call: caller.requestId, status, bytesIn, bytesOut, durationMs })
      const behind = redeem.behind(passage)
      const { warm } = behind
      const { counted } = warm.record
      // What was announced has been claimed, and more may have been announced than came.
      const more = Math.max(0, bytesIn + bytesOut - (behind.claimed ?? 0))
      if (counted.length === 0 || more === 0) return
      warm.bytes += Math.max(0, more - behind.counted)
      const added = store.within({ workspaceId }, (db) => addToBrokerTokens(db, workspaceId, counted, { bytes: more }))
      aside(added, 'the bytes of a call could not be counted', passage)
    },

    close: async () => {
      await Promise.all(running)
    },
  }
}

/** What of a call is sent a second time is the same use. */
function claimOf(behind: Behind, bytes: number): Claim | undefined {
  const { warm } = behind
  const { record } = warm
  if (record.counted.length === 0 || behind.claimed !== undefined) return undefined
  let own: BrokerTokenRecord | undefined
  return {
    order: record.root_id,
    make: async (db) => {
      own = await claimed(db, record, bytes)
    },
    made: () => {
      behind.claimed = bytes
      if (!own) return
      warm.uses = Math.max(warm.uses, own.uses)
      warm.bytes = Math.max(warm.bytes, own.bytes)
    },
  }
}

function whoOf({ skill, toolCall, run, step, onBehalfOf }: Passage) {
  return {
    onBehalfOf,
    ...(skill === undefined ? {} : { skill }),
    ...(toolCall === undefined ? {} : { toolCall }),
    ...(run === undefined ? {} : { run }),
    ...(step === undefined ? {} : { step }),
  }
}

/** One use of the token and of each that it was narrowed from. Answers with the token as it then is; writes nothing where one refuses. */
async function claimed(db: Db, token: BrokerTokenRecord, bytes: number): Promise<BrokerTokenRecord | undefined> {
  const { workspace_id: workspaceId, counted } = token
  await enterWorkspace(db, workspaceId)
  try {
    const rows = await lockBrokerTokens(db, workspaceId, counted)
    if (rows.length < counted.length) throw new Problem('token.unknown')
    for (const row of rows) {
      if (row.revoked_at !== null) throw new Problem('token.revoked')
      if (row.max_uses !== null && row.uses >= row.max_uses) throw new Problem('token.used_up', { uses: row.max_uses })
      if (row.max_bytes !== null && row.bytes + bytes > row.max_bytes) {
        throw new Problem('token.over_bytes', { bytes: row.max_bytes })
      }
    }
    await addToBrokerTokens(db, workspaceId, counted, { uses: 1, bytes })
    const own = rows.find(({ id }) => id === token.id)
    return own && { ...own, uses: own.uses + 1, bytes: own.bytes + bytes }
  } finally {
    await enterWorkspace(db, '')
  }
}
