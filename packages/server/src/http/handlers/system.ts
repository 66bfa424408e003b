import type * as Wire from '@cardea/sdk'
import { z } from 'zod'
import { handler, wire } from '../route.ts'
import { isWell } from '../wellness.ts'

const wellness = z.strictObject({ ok: z.boolean(), sentence: z.string() })

export const health = handler({
  summary: 'Whether the process answers at all',
  reply: wire<Wire.Health>()(z.strictObject({ ok: z.literal(true), version: z.string() }).meta({ id: 'Health' })),
  run: async ({ surface }) => ({ ok: true as const, version: surface.version }),
})

export const readiness = handler({
  summary: 'Whether the store and the vault answer too; 503 when one does not',
  reply: wire<Wire.Readiness>()(
    z.strictObject({ ready: z.boolean(), store: wellness, vault: wellness }).meta({ id: 'Readiness' }),
  ),
  unavailable: ({ ready }) => !ready,
  run: async ({ rooms }) => {
    const [store, vault] = await Promise.all([isWell(rooms.store), isWell(rooms.vault)])
    return { ready: store.ok && vault.ok, store, vault }
  },
})

export const metrics = handler({
  summary: 'Metrics for Prometheus: for callers on this machine, or with the metrics token',
  gives: ['text/plain; version=0.0.4; charset=utf-8'],
  gate: 'metrics',
  run: async ({ surface }) => ({ type: 'text/plain; version=0.0.4; charset=utf-8', content: await surface.metrics() }),
})

export const openapi = handler({
  summary: 'This description, as OpenAPI 3.1',
  gives: ['application/json'],
  run: async ({ surface }) => ({ type: 'application/json', content: await surface.openapi() }),
})

export const reference = handler({
  summary: 'The reference of the API as a page',
  gives: ['text/html; charset=utf-8'],
  run: async ({ surface }) => ({ type: 'text/html; charset=utf-8', content: await surface.reference() }),
})

export const problemReference = handler({
  summary: 'Every problem the API answers with, as a page',
  gives: ['text/html; charset=utf-8'],
  run: async ({ surface }) => ({ type: 'text/html; charset=utf-8', content: await surface.problems() }),
})

export const style = handler({
  summary: 'The style of the reference',
  gives: ['text/css; charset=utf-8'],
  run: async ({ surface }) => ({ type: 'text/css; charset=utf-8', content: surface.style() }),
})
