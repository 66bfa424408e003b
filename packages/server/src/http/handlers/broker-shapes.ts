import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { hosts, LIFE, manifest as manifestShape, methods, paths } from '../../broker/broker.ts'
import { who } from '../../policy/policy.ts'
import { wire } from '../route.ts'
import { instant, label, pageOf } from '../shapes.ts'

/** Shapes of skills and broker tokens. What may be null is written out and not named: in OpenAPI a name beside null would have to be both. */
const text = z.string().nullable()

export const skill = wire<Wire.Skill>()(
  z
    .strictObject({
      id: z.string(),
      name: z.string(),
      status: z.enum(['active', 'stopped']),
      version: z.int(),
      manifest: manifestShape,
      runners: who.nullable(),
      stoppedAt: instant.nullable(),
      createdBy: z.string(),
      createdAt: instant,
      updatedAt: instant,
    })
    .meta({ id: 'Skill' }),
)
export const skillPage = pageOf(skill, 'SkillPage')

const version = wire<Wire.SkillVersion>()(
  z
    .strictObject({ version: z.int(), manifest: manifestShape, createdBy: z.string(), createdAt: instant })
    .meta({ id: 'SkillVersion' }),
)
export const skillVersions = pageOf(version, 'SkillVersionPage')

export const named = z.strictObject({
  id: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'an id or a name')
    .meta({ description: 'Its id or its name.' }),
})

export const describeSkill = wire<Wire.DescribeSkill>()(
  z
    .strictObject({
      manifest: z
        .union([z.string().min(1).max(65_536), z.record(z.string(), z.unknown())])
        .meta({ description: 'The text of a manifest, or its JSON.' }),
      format: z.exactOptional(
        z.enum(['yaml', 'json']).meta({ description: 'What the text is written in: YAML unless told.' }),
      ),
      runners: z.exactOptional(who.nullable()),
    })
    .meta({
      id: 'DescribeSkill',
      description: 'runners: who may run it besides its own keys; null is whoever may mint.',
    }),
)

export const changeSkill = wire<Wire.ChangeSkill>()(
  z
    .strictObject({
      status: z.exactOptional(z.enum(['active', 'stopped'])),
      runners: z.exactOptional(who.nullable()),
    })
    .meta({ id: 'ChangeSkill', description: 'Stopping it voids every token of it at once.' }),
)

export const createSkillKey = wire<Wire.CreateSkillKey>()(
  z.strictObject({ name: label, expiresAt: z.exactOptional(instant) }).meta({ id: 'CreateSkillKey' }),
)

const bounds = {
  hosts: z.exactOptional(hosts.max(50)),
  methods: z.exactOptional(methods.max(20)),
  paths: z.exactOptional(paths.max(100)),
}
const boundsShape = z.strictObject(bounds)

const tokenShape = z.strictObject({
  id: z.string(),
  hint: z.string(),
  narrowedFrom: text,
  skill: text,
  toolCall: text,
  run: text,
  step: text,
  onBehalfOf: z.string(),
  mintedBy: z.strictObject({ kind: z.string(), id: z.string() }),
  connections: z.array(z.strictObject({ id: z.string(), bounds: z.array(boundsShape) })),
  maxUses: z.int().nullable(),
  uses: z.int().nullable(),
  maxBytes: z.int().nullable(),
  bytes: z.int().nullable(),
  bound: z.boolean(),
  onUnavailable: z.enum(['fail', 'wait']),
  createdAt: instant,
  expiresAt: instant,
})
export const brokerToken = wire<Wire.BrokerToken>()(
  tokenShape.meta({ id: 'BrokerToken', description: 'Never the token itself.' }),
)
export const brokerTokenPage = pageOf(brokerToken, 'BrokerTokenPage')
export const createdBrokerToken = wire<Wire.CreatedBrokerToken>()(
  tokenShape.extend({ token: z.string() }).meta({ id: 'CreatedBrokerToken' }),
)

/** A name that somebody's software gives its steps: kept, shown, and never interpreted. */
const step = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'one line of text')
const person = z.string().regex(/^[\w.:@|-]{1,200}$/, 'an id')
const wanted = z.string().regex(/^[\w-]{1,100}$/, 'the id of a connection, or of a service')
const thumbprint = z.string().regex(/^[\w-]{43}$/, 'a SHA-256 thumbprint in base64url')
const uses = z.int().min(1).max(1_000_000)
const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export const createBrokerToken = wire<Wire.CreateBrokerToken>()(
  z
    .strictObject({
      skill: z.exactOptional(named.shape.id),
      toolCall: z.exactOptional(step),
      run: z.exactOptional(step),
      step: z.exactOptional(step),
      onBehalfOf: z.exactOptional(person),
      connections: z.exactOptional(z.array(wanted).min(1).max(50)),
      ...bounds,
      uses: z.exactOptional(uses),
      bytes: z.exactOptional(bytes),
      lifeSeconds: z.exactOptional(z.int().min(LIFE.least).max(LIFE.most)),
      proof: z.exactOptional(thumbprint),
      onUnavailable: z.exactOptional(z.enum(['fail', 'wait'])),
    })
    .meta({ id: 'CreateBrokerToken' }),
)

export const narrowBrokerToken = wire<Wire.NarrowBrokerToken>()(
  z
    .strictObject({
      token: z.string().min(1).max(200),
      toolCall: z.exactOptional(step),
      step: z.exactOptional(step),
      connections: z.exactOptional(z.array(wanted).min(1).max(50)),
      ...bounds,
      uses: z.exactOptional(uses),
      bytes: z.exactOptional(bytes),
      lifeSeconds: z.exactOptional(z.int().min(1).max(LIFE.most)),
      proof: z.exactOptional(thumbprint),
    })
    .meta({ id: 'NarrowBrokerToken' }),
)
