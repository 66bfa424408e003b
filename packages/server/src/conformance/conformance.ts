/**
 * Runs a definition against the service that it describes: our side (oauth, inject, target, answers) against the simulated side,
 * which were written apart from the same words. Says per method what works and what is wrong where. What both sides misread alike,
 * and what the real service does otherwise, it cannot see.
 */
import { type Complaint, complaints, type Service } from '@cardea/catalog'
import type { Clock } from '../clock.ts'
import { createSimulator, type Levers, type SimulatorOptions } from '../simulate/simulate.ts'
import { createCaller } from './caller.ts'
import { failures } from './failures.ts'
import { journey } from './journey.ts'
import { createSteps, type Step } from './steps.ts'
import { createTravelClock } from './travel-clock.ts'

export { type Caller, type Checked, createCaller } from './caller.ts'
export { connect, take } from './connect.ts'
export type { Step } from './steps.ts'
export { createTravelClock, type TravelClock } from './travel-clock.ts'

export interface Conformance {
  readonly id: string
  readonly complaints: readonly Complaint[]
  readonly methods: readonly MethodConformance[]
  readonly passed: boolean
}
export interface MethodConformance {
  readonly method: string
  readonly steps: readonly Step[]
  readonly passed: boolean
}

export interface ConformanceOptions extends Omit<SimulatorOptions, 'clock'> {
  readonly clock?: Clock
  /** How the service behaves where its definition leaves it free. */
  readonly levers?: Partial<Levers>
  /** All of them unless told. */
  readonly methods?: readonly string[]
}

export async function checkService(
  id: string,
  service: Service,
  options: ConformanceOptions = {},
): Promise<Conformance> {
  const wrong = complaints(id, service)
  const methods: MethodConformance[] = []
  for (const method of options.methods ?? Object.keys(service.auth)) {
    methods.push(await checkMethod(id, service, method, options))
  }
  return { id, complaints: wrong, methods, passed: wrong.length === 0 && methods.every(({ passed }) => passed) }
}

export async function checkMethod(
  id: string,
  service: Service,
  method: string,
  options: ConformanceOptions = {},
): Promise<MethodConformance> {
  const words = service.auth[method]!
  const steps = createSteps(method)
  const start = () => {
    const clock = createTravelClock(options.clock)
    const simulator = createSimulator(id, service, method, { ...options, clock })
    Object.assign(simulator.levers, options.levers)
    return createCaller(service, words, simulator, clock)
  }
  if (words.send.mail) steps.skip('connect', 'mail protocols are not simulated')
  else {
    const ready = await steps.attempt('simulate', `auth.${method}`, async () => start())
    if (ready) {
      await journey(steps, ready)
      await failures(steps, start)
    }
  }
  return { method, steps: steps.all, passed: steps.all.every(({ is }) => is !== 'failed') }
}
