import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ProblemCode } from '../errors.ts'

/**
 * What Prometheus may know. Labels are route patterns, methods, statuses and problem codes: closed sets, so that no
 * caller can grow them, and no id, address or name is among them.
 */
export interface Metrics {
  answered(route: string, method: string, status: number, milliseconds: number): void
  refused(code: ProblemCode): void
  text(): Promise<string>
  readonly contentType: string
}

/** Asked when metrics are read. */
export interface MetricSources {
  vaultIsWell(): Promise<boolean>
  rotation(): Promise<{ done: number; total: number } | undefined>
  audit(): { records: number; commits: number; waiting: number }
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'])

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'cardea_' })
  const registers = [registry]
  const requests = new Histogram({
    name: 'cardea_http_request_duration_seconds',
    help: 'Requests by route, method and status, and how long their answers took to begin.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const refusals = new Counter({
    name: 'cardea_problems_total',
    help: 'Refusals by problem code.',
    labelNames: ['code'] as const,
    registers,
  })
  const signInFailures = new Counter({
    name: 'cardea_sign_in_failures_total',
    help: 'Sign-ins with a wrong address or password.',
    registers,
  })
  new Gauge({
    name: 'cardea_vault_up',
    help: 'Whether the vault answers and opens.',
    registers,
    async collect() {
      this.set((await sources.vaultIsWell()) ? 1 : 0)
    },
  })
  const commits = new Gauge({
    name: 'cardea_audit_commits',
    help: 'Commits of the writer of uses since the start.',
    registers,
  })
  const waiting = new Gauge({ name: 'cardea_audit_waiting', help: 'Uses that wait to be recorded.', registers })
  new Gauge({
    name: 'cardea_audit_records',
    help: 'Uses recorded since the start; divided by the commits, the size of a batch.',
    registers,
    collect() {
      const stats = sources.audit()
      this.set(stats.records)
      commits.set(stats.commits)
      waiting.set(stats.waiting)
    },
  })
  const rotated = new Gauge({ name: 'cardea_rotation_done', help: 'Items the rotation has done.', registers })
  new Gauge({
    name: 'cardea_rotation_total',
    help: 'Items of the rotation that is running; 0 when none is.',
    registers,
    async collect() {
      const rotation = await sources.rotation()
      this.set(rotation?.total ?? 0)
      rotated.set(rotation?.done ?? 0)
    },
  })
  return {
    answered: (route, method, status, milliseconds) =>
      requests.observe({ route, method: METHODS.has(method) ? method : 'other', status }, milliseconds / 1000),
    refused: (code) => {
      refusals.inc({ code })
      if (code === 'auth.wrong_password' || code === 'auth.too_many_attempts') signInFailures.inc()
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
