import { classify, readAnswer } from '../answers/answers.ts'
import type { Broker } from '../broker/broker.ts'
import { type Clock, MINUTE } from '../clock.ts'
import { type Connections, type Outcome, ofFailure, ofMeaning, type Usable } from '../connections/connections.ts'
import { whenToComeBack } from '../net/come-back.ts'
import type { Exchange as Streaming } from './exchange.ts'

/** Of a call, however it is carried out. */
type Exchange = Pick<Streaming, 'held' | 'status' | 'answer' | 'said'>

/**
 * What a call has shown of its connection, so that its state is true. A good answer is told once a minute; a refusal is read by the service's
 * own words, of which the first few kilobytes were kept.
 */
export function createTold(deps: {
  clock: Clock
  broker: Pick<Broker, 'limited'>
  connections: Pick<Connections, 'used' | 'hasCheck'>
}) {
  const { clock, broker, connections } = deps
  const last = new WeakMap<Usable, { status: number; at: number }>()

  /** Until when, in either form of Retry-After or in the service's own. */
  function leaveAlone(exchange: Exchange, { connectionId, service }: Usable, now: number): void {
    const until = whenToComeBack(readAs(exchange), service.answers?.comeBack, now)
    if (until !== undefined) broker.limited(connectionId, until)
  }

  return (exchange: Exchange, failure: unknown): Promise<void> | undefined => {
    const { held, status } = exchange
    if (!held) return undefined
    const { usable } = held
    const before = last.get(usable)
    const now = clock.now()
    if (status === 429 || status === 503) leaveAlone(exchange, usable, now)
    if (status !== 0 && before?.status === status && now - before.at < MINUTE) return undefined
    const outcome = status === 0 ? ofFailure(failure) : meaningOf(exchange, usable, now)
    if (!outcome) return undefined
    last.set(usable, { status, at: now })
    const { workspaceId, connectionId, version } = usable
    return connections.used({
      workspaceId,
      connectionId,
      version,
      outcome: { ...outcome, from: 'call' },
      hasCheck: connections.hasCheck(usable),
    })
  }
}

function readAs({ status, answer = {}, said }: Exchange) {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) headers[name] = [value].flat().join(', ')
  return readAnswer({ status, headers, body: said?.toString('utf8') ?? '' })
}

function meaningOf(exchange: Exchange, { service }: Usable, now: number): Omit<Outcome, 'from'> {
  const read = readAs(exchange)
  return ofMeaning(classify(service, read, now), read)
}
