import { type Clock, MINUTE, SECOND } from '../clock.ts'
import { reasons } from '../connections/connections.ts'
import { Problem } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { hostFits, methodFits, pathFits } from './bounds.ts'
import type { Budgets } from './budgets.ts'
import { type Behind, Given, passageOf } from './given.ts'
import { callsFreely, type Manifest } from './manifest.ts'
import type { Asks, Passage } from './passage.ts'
import { presentedHash } from './presented.ts'
import type { Proofs } from './proof.ts'
import type { Grant } from './token.ts'
import type { Warm, WarmTokens } from './warm.ts'

export interface Redeem {
  redeem(presented: Secret, asks: Asks): Promise<Passage>
  behind(passage: Passage): Behind
  /** The token itself, by whoever holds it and, if it is bound, its key. For narrowing. */
  hold(presented: Secret, proof: { header: string | undefined; method: string; url: string }): Promise<Warm>
  /** Asks the database again whether a passage stands. Throws why it does not. */
  askAgain(passage: Passage): Promise<void>
  /** The same from memory, where that is current. */
  check(passage: Passage): Promise<void>
}

/** Guesses of one address that are looked up. Who knows a token does not guess. */
const GUESSES_A_MINUTE = 1200
const MOST_ADDRESSES = 10_000

export function createRedeem(deps: {
  clock: Clock
  tokens: WarmTokens
  proofs: Proofs
  budgets: Pick<Budgets, 'limitedUntil'>
  /** Waits until a service takes calls again. */
  waitUntil(instant: number): Promise<boolean>
}): Redeem {
  const { clock, tokens, proofs, budgets, waitUntil } = deps
  const guesses = new Map<string, { count: number; since: number }>()

  async function find(presented: Secret, ip: string): Promise<{ warm: Warm; hash: string }> {
    const hash = presentedHash(presented)
    if (hash === undefined) throw new Problem('token.unknown')
    const warm = tokens.get(hash)
    if (!(warm instanceof Promise)) return { warm, hash }
    refuseGuessing(ip)
    const found = await warm
    if (found) return { warm: found, hash }
    noteGuess(ip)
    throw new Problem('token.unknown')
  }

  function refuseGuessing(ip: string): void {
    const { count, since } = guesses.get(ip) ?? { count: 0, since: 0 }
    if (count < GUESSES_A_MINUTE || clock.monotonic() - since >= MINUTE) return
    throw new Problem('request.too_many', { limit: GUESSES_A_MINUTE, retryAfterSeconds: 60 })
  }

  function noteGuess(ip: string): void {
    if (ip === '') return
    const now = clock.monotonic()
    const before = guesses.get(ip)
    const isRecent = before !== undefined && now - before.since < MINUTE
    guesses.delete(ip)
    guesses.set(ip, isRecent ? { count: before.count + 1, since: before.since } : { count: 1, since: now })
    if (guesses.size > MOST_ADDRESSES) guesses.delete(guesses.keys().next().value!)
  }

  async function checkProof(
    { record }: Warm,
    hash: string,
    proof: { header: string | undefined; method: string; url: string },
  ): Promise<void> {
    if (record.proof === null) return
    if (proof.header === undefined) throw new Problem('token.proof_missing')
    const { method, url } = proof
    const thumbprint = await proofs.check(proof.header, { method, url, tokenHash: hash })
    if (thumbprint !== record.proof) throw new Problem('token.proof_wrong', { why: 'it was made with another key' })
  }

  function refuseDead({ record, isGone, skill }: Warm): void {
    if (isGone) throw new Problem('token.unknown')
    if (record.revoked_at !== null) throw new Problem('token.revoked')
    if (clock.now() >= record.expires_at) throw new Problem('token.expired')
    if (skill?.isStopped) throw new Problem('token.skill_stopped', { skill: skill.name })
  }

  return {
    redeem: async (presented, asks) => {
      const { connectionId, method, proof } = asks
      const { warm, hash } = await find(presented, asks.ip ?? '')
      const grant = warm.grants.get(connectionId)
      // A connection that it is not for, and one that is nowhere, cannot be told apart.
      const isCurrent = tokens.isCurrent(warm, connectionId)
      if (!isCurrent) await tokens.refresh(warm, connectionId)
      refuseDead(warm)
      await checkProof(warm, hash, { header: proof?.header, method, url: proof?.url ?? '' })
      if (!grant) throw new Problem('token.wrong_connection')
      refuseFallen(warm, connectionId)
      const { provider } = warm.connections.get(connectionId)!
      refuseOutside(warm, grant, provider, asks)
      refuseUsedUp(warm, asks.bytes ?? 0)
      const waits = asks.onUnavailable === 'wait' || warm.record.on_unavailable === 'wait'
      await obeyService(connectionId, waits)
      const behind: Behind = { warm, grant, provider, action: asks.action, counted: 0, claimed: undefined }
      const passage = passageOf(behind, asks, waits)
      if (warm.record.max_bytes !== null) passage.takes = (bytes) => taken(behind, bytes)
      return passage
    },

    behind: Given.behind,

    hold: async (presented, proof) => {
      const { warm, hash } = await find(presented, '')
      const [first = ''] = warm.grants.keys()
      if (!tokens.isCurrent(warm, first)) await tokens.refresh(warm, first)
      refuseDead(warm)
      await checkProof(warm, hash, proof)
      return warm
    },

    askAgain: async (passage) => {
      const { warm } = Given.behind(passage)
      await tokens.refresh(warm, passage.connectionId)
      refuseOver(passage, warm)
    },

    check: async (passage) => {
      const { warm } = Given.behind(passage)
      if (!tokens.isCurrent(warm, passage.connectionId)) await tokens.refresh(warm, passage.connectionId)
      refuseOver(passage, warm)
    },
  }

  function refuseOver({ connectionId }: Passage, warm: Warm): void {
    refuseDead(warm)
    refuseFallen(warm, connectionId)
  }

  async function obeyService(connectionId: string, waits: boolean): Promise<void> {
    const until = budgets.limitedUntil(connectionId)
    if (until === undefined) return
    if (waits && (await waitUntil(until))) return
    const retryAfterSeconds = Math.max(1, Math.ceil((until - clock.now()) / SECOND))
    throw new Problem('token.service_limited', { retryAfterSeconds })
  }
}

function taken(behind: Behind, bytes: number): boolean {
  const { warm } = behind
  behind.counted += bytes
  warm.bytes += bytes
  return warm.bytes <= (warm.record.max_bytes ?? Number.POSITIVE_INFINITY)
}

/** A connection that is no longer the one that the token was made for. */
function refuseFallen(warm: Warm, connectionId: string): void {
  switch (warm.connections.get(connectionId)?.standing) {
    case 'stands':
      return
    case 'paused': {
      const { sentence, todo } = reasons.paused
      throw new Problem('connection.paused', { id: connectionId, reason: 'paused', sentence, todo })
    }
    case 'unproven':
      throw new Problem('token.connection_unproven', { id: connectionId })
    case 'changed':
      throw new Problem('token.connection_changed', { id: connectionId })
    default:
      throw new Problem('connection.not_found')
  }
}

/** What the token says, and the skill's manifest as it is now. */
export function refuseOutside(
  { skill }: Warm,
  { bounds }: Grant,
  provider: string,
  { method, path, host, action }: Pick<Asks, 'method' | 'path' | 'host' | 'action'>,
): void {
  if (skill) refuseUndeclared(skill.manifest, provider, action)
  const all = skill && !isDeclared(skill.manifest, action) ? [...bounds, skill.manifest] : bounds
  for (const each of all) {
    if (host !== undefined && !hostFits(each, host)) throw new Problem('token.wrong_host', { host: host.slice(0, 253) })
    if (!methodFits(each, method)) throw new Problem('token.wrong_method', { method: method.slice(0, 20) })
    if (!pathFits(each, path)) throw new Problem('token.wrong_path', { path: path.slice(0, 300) })
  }
}

function refuseUndeclared(manifest: Manifest, provider: string, action: string | undefined): void {
  if (!manifest.credentials.includes(provider)) {
    throw new Problem('token.outside_manifest', { skill: manifest.name, service: provider })
  }
  const isFree = action === undefined ? callsFreely(manifest) : manifest.actions === undefined
  if (!isFree && !isDeclared(manifest, action)) {
    throw new Problem('token.wrong_action', {
      skill: manifest.name,
      action: action?.slice(0, 100) ?? 'a call of its own',
    })
  }
}

/** An action that a manifest names may make the calls it is made of. */
function isDeclared({ actions }: Manifest, action: string | undefined): boolean {
  return action !== undefined && actions?.includes(action) === true
}

/** From memory, so that nobody is led on: whether it really is, is decided where the use is claimed. */
function refuseUsedUp({ record, uses, bytes }: Warm, more: number): void {
  if (record.max_uses !== null && uses >= record.max_uses) throw new Problem('token.used_up', { uses: record.max_uses })
  if (record.max_bytes !== null && bytes + more > record.max_bytes) {
    throw new Problem('token.over_bytes', { bytes: record.max_bytes })
  }
}
