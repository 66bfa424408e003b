import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { applies, limits } from '../../policy/policy.ts'
import { readPage } from '../cursor.ts'
import { page } from '../present.ts'
import * as present from '../present-policies.ts'
import { handler, wire } from '../route.ts'
import { instant, label, pageOf, pageQuery, role, withId } from '../shapes.ts'

const appliesTo = wire<Wire.PolicyApplies>()(
  applies.meta({
    id: 'PolicyApplies',
    description: 'What is left out does not narrow; of roles and members either is enough.',
  }),
)
const limitsOf = wire<Wire.PolicyLimits>()(limits.meta({ id: 'PolicyLimits' }))
const policy = wire<Wire.Policy>()(
  z
    .strictObject({
      id: z.string(),
      name: z.string(),
      enabled: z.boolean(),
      applies: appliesTo,
      limits: limitsOf,
      sight: z
        .enum(['full', 'own'])
        .meta({ description: 'own: only what binds the caller, without the ids of others.' }),
      createdBy: z.string().nullable(),
      createdAt: instant,
      updatedAt: instant,
    })
    .meta({ id: 'Policy' }),
)

const rule = limits.keyof()
const says = { rule, allowed: z.boolean(), sentence: z.string() }
const finding = wire<Wire.PolicyFinding>()(
  z.strictObject({ policyId: z.string(), policy: z.string(), ...says }).meta({ id: 'PolicyFinding' }),
)
const byDefault = wire<Wire.PolicyDefault>()(
  z
    .strictObject({ policyId: z.null(), policy: z.null(), ...says })
    .meta({ id: 'PolicyDefault', description: 'Forbidden because no policy allows it.' }),
)
const silence = wire<Wire.PolicySilence>()(
  z.strictObject({ policyId: z.string(), policy: z.string(), sentence: z.string() }).meta({ id: 'PolicySilence' }),
)
export const explanation = wire<Wire.PolicyExplanation>()(
  z
    .strictObject({
      allowed: z.boolean(),
      refusal: z.union([finding, byDefault]).nullable(),
      findings: z.array(finding),
      silent: z
        .array(silence)
        .meta({ description: 'Policies that say nothing about this, of those that the caller may know of.' }),
    })
    .meta({ id: 'PolicyExplanation' }),
)

const optional = { enabled: z.exactOptional(z.boolean()), applies: z.exactOptional(appliesTo) }
const seconds = z.int().min(0).max(1_000_000_000_000)
const word = z.string().regex(/^[\w.:-]{1,100}$/, 'an id')

export const list = handler({
  summary: 'Lists the policies of the workspace: for administrators all, for others those that bind them',
  query: pageQuery,
  reply: pageOf(policy, 'PolicyPage'),
  run: async ({ rooms, caller, query }) => page(await rooms.policies.list(caller, readPage(query)), present.policy),
})

export const get = handler({
  summary: 'A policy',
  params: withId,
  reply: policy,
  run: async ({ rooms, caller, params }) => present.policy(await rooms.policies.get(caller, params.id)),
})

export const create = handler({
  summary: 'Creates a policy, which is obeyed at once',
  body: wire<Wire.CreatePolicy>()(
    z.strictObject({ name: label, ...optional, limits: limitsOf }).meta({ id: 'CreatePolicy' }),
  ),
  reply: policy,
  creates: true,
  run: async ({ rooms, caller, body }) => present.policy(await rooms.policies.create(caller, body)),
})

export const change = handler({
  summary: 'Changes a policy; applies and limits are replaced whole',
  params: withId,
  body: wire<Wire.ChangePolicy>()(
    z
      .strictObject({ name: z.exactOptional(label), ...optional, limits: z.exactOptional(limitsOf) })
      .meta({ id: 'ChangePolicy' }),
  ),
  reply: policy,
  run: async ({ rooms, caller, params, body }) => present.policy(await rooms.policies.change(caller, params.id, body)),
})

export const remove = handler({
  summary: 'Deletes a policy; what it limited is free at once',
  params: withId,
  run: ({ rooms, caller, params }) => rooms.policies.remove(caller, params.id),
})

const whom = { member: z.exactOptional(word), role: z.exactOptional(role) }
const ahead = wire<Wire.ExplainAhead>()(
  z
    .strictObject({
      what: z.enum(['connect', 'replace', 'share', 'keep', 'idle', 'first_use', 'mint']),
      service: word,
      method: word,
      visibility: z.exactOptional(z.enum(['private', 'workspace'])),
      skipTest: z.exactOptional(z.boolean()),
      scopes: z.exactOptional(z.array(z.string().min(1).max(300)).max(200)),
      tested: z.exactOptional(z.boolean()),
      livedSeconds: z.exactOptional(seconds),
      idleSeconds: z.exactOptional(seconds),
      skill: z.exactOptional(word),
      tokenSeconds: z.exactOptional(seconds),
      ...whom,
    })
    .meta({ id: 'ExplainAhead', description: 'member and role: about somebody else, for whoever sets policies.' }),
)
const use = wire<Wire.ExplainUse>()(
  z
    .strictObject({
      what: z.literal('use'),
      connection: z.exactOptional(word),
      service: z.exactOptional(word),
      method: z.exactOptional(word),
      skill: z.exactOptional(word),
      httpMethod: z.string().regex(/^[A-Z]{1,20}$/, 'a method in capitals'),
      path: z.string().max(2000),
      host: z.exactOptional(z.string().min(1).max(260)),
      upgrade: z.exactOptional(z.boolean()),
      tokenSeconds: z.exactOptional(seconds),
      at: z.exactOptional(instant),
      ...whom,
    })
    .meta({ id: 'ExplainUse', description: 'By a connection, or by service and method.' }),
)

export const explain = handler({
  summary: 'Says what the policies would decide and which rules say so, without doing it',
  body: wire<Wire.ExplainPolicies>()(z.discriminatedUnion('what', [ahead, use]).meta({ id: 'ExplainPolicies' })),
  reply: explanation,
  run: async ({ rooms, caller, body }) => {
    const asked = body.what === 'use' ? { ...body, at: body.at === undefined ? undefined : Date.parse(body.at) } : body
    return present.explanation(await rooms.policies.explain(caller, asked))
  },
})
