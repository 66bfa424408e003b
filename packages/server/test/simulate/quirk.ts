import { type Service, services } from '@cardea/catalog'
import { expect } from 'vitest'
import { type Checked, connect, take } from '../../src/conformance/conformance.ts'
import { classOf, type FailureClass, type Obtained } from '../../src/oauth/oauth.ts'
import type { Endpoint, Levers, PlainRequest, SimulatorOptions } from '../../src/simulate/simulate.ts'
import { type Trial, trial } from './tampering.ts'

/** One oddity of the list of forty: a name, and what shows that it is dealt with. */
export interface Quirk {
  readonly about: string
  readonly shown: () => Promise<void>
}
export type Quirks = Readonly<Record<number, Quirk>>

export const known: Readonly<Record<string, Service>> = services

/** Not connected yet, so that levers can be pulled first. */
export function start(
  id: string,
  method: string,
  levers: Partial<Levers> = {},
  account: Omit<SimulatorOptions, 'clock'> = {},
): Trial {
  const fresh = trial(id, known[id]!, method, undefined, account)
  Object.assign(fresh.simulator.levers, { base: -1 }, levers)
  return fresh
}

export async function connected(id: string, method: string, levers: Partial<Levers> = {}): Promise<Trial> {
  const fresh = start(id, method, levers)
  await connect(fresh)
  return fresh
}

export async function refresh(caller: Trial): Promise<Obtained> {
  const obtained = await caller.oauth.refresh(caller.party())
  take(caller, obtained)
  return obtained
}

/** What became of an attempt: `fine`, or the class of its failure. */
export async function outcome(work: Promise<unknown>): Promise<'fine' | FailureClass | string> {
  try {
    await work
    return 'fine'
  } catch (error) {
    return classOf(error) ?? (error as { code?: string }).code ?? String(error)
  }
}

export function resultOf(checked: Checked) {
  if ('none' in checked) throw new Error(checked.none)
  return checked.result
}

export async function accepted(caller: Trial): Promise<boolean | null> {
  return resultOf(await caller.check()).accepted
}

/** The last request to an endpoint, and the parameters in its query or body. */
export function sentTo(caller: Trial, endpoint: Endpoint): PlainRequest & { params: Record<string, string> } {
  const at = caller.simulator.calls.findLastIndex((call) => call.endpoint === endpoint)
  const request = caller.sent[at]
  if (!request) throw new Error(`nothing was sent to ${endpoint}`)
  const text = String(request.body ?? '')
  const inBody: Record<string, string> = text.startsWith('{')
    ? JSON.parse(text)
    : Object.fromEntries(new URLSearchParams(text))
  return { ...request, params: { ...Object.fromEntries(new URL(request.url).searchParams), ...inBody } }
}

/** Nothing that was sent was wrong in the eyes of the service. */
export function expectNoFaults(caller: Trial): void {
  expect(caller.simulator.calls.flatMap(({ faults }) => faults)).toEqual([])
}

export const DAY = 86_400
