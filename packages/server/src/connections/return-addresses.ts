import { actorId, type Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { createReturnAddress, deleteReturnAddress, listReturnAddresses } from '../store/return-addresses.ts'
import type { ReturnAddressRow } from '../store/schema.ts'
import type { Db } from '../store/store.ts'
import { workspaceOf } from './access.ts'
import type { House } from './house.ts'

/**
 * Where connect pages of a workspace may send people back to: an allow-list that administrators keep. An address counts only exactly as it
 * was registered; whoever could choose it freely would be sent the completion codes of others.
 */
export interface ReturnAddresses {
  list(caller: Caller): Promise<ReturnAddressRow[]>
  /** The same address twice is one. */
  add(caller: Caller, address: string): Promise<ReturnAddressRow>
  remove(caller: Caller, id: string): Promise<void>
}

const MOST = 100
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

export function createReturnAddresses({ store, clock, audit }: House): ReturnAddresses {
  return {
    list: async (caller) => {
      const workspaceId = workspaceOf(caller)
      return store.within({ workspaceId }, (db) => listReturnAddresses(db, workspaceId))
    },
    add: async (caller, given) => {
      const workspaceId = workspaceOf(caller)
      const address = readAddress(given, 'address')
      return store.within({ workspaceId }, async (db) => {
        const known = await listReturnAddresses(db, workspaceId)
        const same = known.find((row) => row.address === address)
        if (same) return same
        if (known.length >= MOST) throw new Problem('address.too_many', { limit: MOST })
        const row = {
          id: newId('ret'),
          workspace_id: workspaceId,
          address,
          created_by: actorId(caller.actor),
          created_at: clock.now(),
        }
        if (!(await createReturnAddress(db, row))) {
          return (await listReturnAddresses(db, workspaceId)).find((other) => other.address === address) ?? row
        }
        await audit.record(db, {
          event: 'return_address.added',
          workspaceId,
          caller,
          subject: row.id,
          detail: { address },
        })
        return row
      })
    },
    remove: async (caller, id) => {
      const workspaceId = workspaceOf(caller)
      await store.within({ workspaceId }, async (db) => {
        const address = await deleteReturnAddress(db, workspaceId, id)
        if (address === undefined) throw new Problem('address.not_found')
        await audit.record(db, {
          event: 'return_address.removed',
          workspaceId,
          caller,
          subject: id,
          detail: { address },
        })
      })
    },
  }
}

/**
 * The address that a session may return to. A member's own command line need not be registered: it listens on this machine, and what it
 * is told completes nothing.
 */
export async function readReturnTo(db: Db, workspaceId: string, given: string, forMember: boolean): Promise<string> {
  const address = readAddress(given, 'returnTo.address')
  if (!(await mayReturn(db, workspaceId, address, forMember))) throw new Problem('connect.return_not_registered')
  return address
}

/** Where an authorization ends: also at a page of our own dashboard. */
export async function readFlowReturn(db: Db, workspaceId: string, given: string): Promise<string> {
  if (isOwnPage(given)) return given
  const address = readAddress(given, 'returnTo')
  if (!(await mayReturn(db, workspaceId, address, true))) throw new Problem('connect.return_not_registered')
  return address
}

/** A path of this server, which no reader takes for the name of another (`//`, `/\\`). */
export function isOwnPage(address: string): boolean {
  return /^\/(?!\/)[\w./~?=&-]{0,500}$/.test(address)
}

/** Asked again when somebody is sent back: it may have been removed since. */
export async function mayReturn(db: Db, workspaceId: string, address: string, forMember: boolean): Promise<boolean> {
  if (isOwnPage(address)) return forMember
  const { protocol, hostname } = new URL(address)
  if (forMember && protocol === 'http:' && hostname !== 'localhost') return true
  return (await listReturnAddresses(db, workspaceId)).some((row) => row.address === address)
}

/** Whose pages may hold a frame that opens the connect page. */
export async function framingOrigins(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await listReturnAddresses(db, workspaceId)
  return [...new Set(rows.map(({ address }) => webOrigin(address)).filter((origin) => origin !== undefined))]
}

/** The origin of a page; an app has none. */
export function webOrigin(address: string): string | undefined {
  const { protocol, origin } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined
}

function readAddress(text: string, field: string): string {
  const refuse = (message: string): never => {
    throw new Problem('request.invalid', { issues: [{ path: `body.${field}`, message }] })
  }
  if (text.length > 1000 || !/^[\x21-\x7e]+$/.test(text) || /[\\"'<>;,]/.test(text))
    refuse('must be an address without spaces or quotes')
  const url = URL.parse(text)
  if (!url) return refuse('must be an address')
  if (url.username || url.password || url.hash || text.includes('#')) refuse('must have no user and no fragment')
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    if (/[*]/.test(url.host)) refuse('must name one host')
    return url.href
  }
  // RFC 8252, 7.1: the name of an app's scheme is a domain in reverse. With that rule none of a browser's own schemes gets through.
  if (!/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\/[\w./~-]*$/.test(text)) {
    refuse('must be an https address, one on this machine, or one of an app such as com.example.app:/connected')
  }
  return text
}
