import { randomBytes } from 'node:crypto'
import type { Audit } from '../../src/audit/audit.ts'
import type { Asks, Broker, Held, Passage } from '../../src/broker/broker.ts'
import type { Connections, Usable } from '../../src/connections/connections.ts'
import { hashToken } from '../../src/crypto/token.ts'
import { Problem } from '../../src/errors.ts'
import { createScrubber } from '../../src/scrub/scrub.ts'

/** The broker as the proxy sees it, made small and real: tokens in a map, credentials from the connections of a real app. */
/** What is behind a passage stands in it: a WeakMap of one entry a call would cost more in collections than the rest of the hop. */
interface OwnPassage extends Passage {
  behind: Passage
  usable: Usable | undefined
}

type Port = Pick<Broker, 'redeem' | 'credential' | 'stands' | 'confirm' | 'goesOn' | 'use' | 'ended' | 'limited'>

export interface SmallBroker extends Port {
  token(workspaceId: string, connectionId: string, more?: Partial<Passage>): string
  end(token: string): void
  /** How many credentials are lent out at the moment. */
  lent(): number
  asked: Asks[]
  limits: Map<string, number>
}

export function smallBroker(deps: {
  connections: Pick<Connections, 'usable' | 'epochs' | 'usedBy'>
  audit: Pick<Audit, 'answered'>
}): SmallBroker {
  const { connections, audit } = deps
  const tokens = new Map<string, Passage>()
  const alive = new Set<Passage>()
  const kept = new Map<string, { usable: Usable; scrubber: Held['scrubber'] }>()
  const asked: Asks[] = []
  const limits = new Map<string, number>()
  let lent = 0
  const stands = (passage: Passage) => {
    const { usable, behind } = passage as OwnPassage
    return alive.has(behind) && (!usable || connections.epochs.isCurrent(passage.connectionId, usable.epoch))
  }
  return {
    asked,
    limits,
    lent: () => lent,
    token: (workspaceId, connectionId, more = {}) => {
      const token = `cardea_broker_${randomBytes(32).toString('base64url')}`
      const passage: Passage = {
        tokenId: token.slice(-6),
        workspaceId,
        connectionId,
        onBehalfOf: 'usr_test',
        caller: { actor: { kind: 'system' }, requestId: 'req_test', ip: '' },
        ...more,
      }
      tokens.set(hashToken(token), passage)
      alive.add(passage)
      return token
    },
    end: (token) => {
      const passage = tokens.get(hashToken(token))
      if (passage) alive.delete(passage)
    },
    redeem: async (presented, asks) => {
      asked.push(asks)
      if (asked.length > 50) asked.length = 0
      const passage = tokens.get(hashToken(presented.reveal()))
      if (!passage || !alive.has(passage)) throw new Problem('auth.rejected')
      if (passage.connectionId !== asks.connectionId) throw new Problem('connection.not_found')
      const { requestId = '', ip = '' } = asks
      const own: OwnPassage = {
        ...passage,
        caller: { ...passage.caller, requestId, ip },
        behind: passage,
        usable: undefined,
      }
      return own
    },
    credential: async (passage, { rejected } = {}) => {
      let entry = kept.get(passage.connectionId)
      const isCurrent = entry && connections.epochs.isCurrent(passage.connectionId, entry.usable.epoch)
      if (!entry || !isCurrent || rejected) {
        const usable = await connections.usable(passage.workspaceId, passage.connectionId, rejected ? { rejected } : {})
        const { basic } = usable.method.send
        const pair = /^\{(\w+)\}$/
        const user = basic && usable.values[pair.exec(basic.user)?.[1] ?? '']
        const password = basic && usable.values[pair.exec(basic.password)?.[1] ?? '']
        entry = {
          usable,
          scrubber: createScrubber(usable.values, user && password ? { pairs: [{ user, password }] } : {}),
        }
        kept.set(passage.connectionId, entry)
      }
      ;(passage as OwnPassage).usable = entry.usable
      lent++
      let isReleased = false
      return {
        ...entry,
        release: () => {
          if (isReleased) throw new Error('released twice')
          isReleased = true
          lent--
        },
      }
    },
    use: (
      { caller, workspaceId, connectionId, skill, toolCall, run, step, onBehalfOf },
      { version, host, method, path },
    ) =>
      connections.usedBy(caller, {
        ...{ workspaceId, connectionId, version, host, method, path, onBehalfOf },
        ...(skill === undefined ? {} : { skill }),
        ...(toolCall === undefined ? {} : { toolCall }),
        ...(run === undefined ? {} : { run }),
        ...(step === undefined ? {} : { step }),
      }),
    ended: ({ caller, workspaceId, connectionId }, _, { status, bytesIn = 0, bytesOut = 0, durationMs }) =>
      audit.answered({ workspaceId, connectionId, call: caller.requestId, status, bytesIn, bytesOut, durationMs }),
    limited: (connectionId, until) => {
      limits.set(connectionId, until)
    },
    stands,
    confirm: async (passage) => {
      if (!stands(passage)) throw new Problem('proxy.call_ended')
    },
    goesOn: stands,
  }
}
