import type * as Wire from '@cardea/sdk'
import type { Bounds, Manifest, MintedBrokerToken, SeenSkill, SeenToken, SeenVersion } from '../broker/broker.ts'
import type { Who } from '../policy/policy.ts'
import { shownOnce, time, timeOrNull } from './present.ts'

/** Skills and broker tokens as JSON. */
export function skill({ id, version, manifest, runners, stoppedAt, ...row }: SeenSkill): Wire.Skill {
  return {
    id,
    name: manifest.name,
    status: stoppedAt === null ? 'active' : 'stopped',
    version,
    manifest: declared(manifest),
    runners: runners && whoOf(runners),
    stoppedAt: timeOrNull(stoppedAt),
    createdBy: row.createdBy,
    createdAt: time(row.createdAt),
    updatedAt: time(row.updatedAt),
  }
}

export function skillVersion({ version, manifest, createdBy, createdAt }: SeenVersion): Wire.SkillVersion {
  return { version, manifest: declared(manifest), createdBy, createdAt: time(createdAt) }
}

function declared({ name, description, credentials, actions, scopes, ...bounds }: Manifest): Wire.SkillManifest {
  return {
    name,
    credentials,
    ...(description === undefined ? {} : { description }),
    ...(actions ? { actions } : {}),
    ...(scopes ? { scopes } : {}),
    ...boundsOf(bounds),
  }
}

function whoOf({ roles, members }: Who): Wire.PolicyWho {
  return { ...(roles ? { roles } : {}), ...(members ? { members } : {}) }
}

function boundsOf({ hosts, methods, paths }: Bounds): Wire.TokenBounds {
  return {
    ...(hosts ? { hosts: [...hosts] } : {}),
    ...(methods ? { methods: [...methods] } : {}),
    ...(paths ? { paths: [...paths] } : {}),
  }
}

export function brokerToken(seen: SeenToken): Wire.BrokerToken {
  const { uses, bytes } = seen
  return {
    id: seen.id,
    hint: seen.hint,
    narrowedFrom: seen.narrowedFrom,
    skill: seen.skill,
    toolCall: seen.toolCall,
    run: seen.run,
    step: seen.step,
    onBehalfOf: seen.onBehalfOf,
    mintedBy: { kind: seen.mintedBy.kind, id: seen.mintedBy.id },
    connections: seen.connections.map(({ id, bounds }) => ({ id, bounds: bounds.map(boundsOf) })),
    maxUses: uses.most,
    uses: uses.most === null ? null : uses.taken,
    maxBytes: bytes.most,
    bytes: bytes.most === null ? null : bytes.taken,
    bound: seen.bound,
    onUnavailable: seen.onUnavailable,
    createdAt: time(seen.createdAt),
    expiresAt: time(seen.expiresAt),
  }
}

export function createdBrokerToken({ seen, token }: MintedBrokerToken): Wire.CreatedBrokerToken {
  return { ...brokerToken(seen), token: shownOnce(token) }
}

export function exchangedToken({ seen, token }: MintedBrokerToken, now: number): Wire.AccessToken {
  return {
    access_token: shownOnce(token),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: seen.bound ? 'DPoP' : 'Bearer',
    expires_in: Math.max(0, Math.floor((seen.expiresAt - now) / 1000)),
  }
}
