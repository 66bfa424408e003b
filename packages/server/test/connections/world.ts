import { type Method, type Service, services, settingsOf } from '@cardea/catalog'
import { systemClock } from '../../src/clock.ts'
import type { MailPort } from '../../src/connections/connections.ts'
import type { Outgoing, Send } from '../../src/net/message.ts'
import { createSimulator, type Simulator, type SimulatorOptions, Unreachable } from '../../src/simulate/simulate.ts'
import { simulatedDispatch } from '../actions/simulated.ts'
import { type TestApp, type TestAppOptions, testApp } from '../app.ts'

/** A Cardea whose services are simulated: what it sends goes to the simulators that stand, and nowhere else. */
export interface World {
  app: TestApp
  /** Every request that left, in order. */
  sent: Outgoing[]
  /** A simulated service; those that stood before are gone. */
  stands(id: string, methodName: string, options?: Partial<SimulatorOptions>, service?: Service): Simulator
  /** Answers by hand until it is called again without. */
  instead(send?: Send): void
  mail: { [K in keyof MailPort]: MailPort[K] }
}

export async function world(options: TestAppOptions = {}): Promise<World> {
  const clock = options.clock ?? systemClock
  const sent: Outgoing[] = []
  let simulator: Simulator | undefined
  let byHand: Send | undefined
  const mail: MailPort = {
    smtp: async () => ({ is: 'ok', capabilities: [] }),
    imap: async () => ({ is: 'ok', capabilities: [] }),
  }
  const send: Send = async (request) => {
    sent.push(request)
    if (byHand) return byHand(request)
    if (!simulator) throw new Unreachable('ENOTFOUND', 'nothing stands')
    const { method, url, headers, body } = request
    return simulator.handle({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { body: Buffer.from(body as string) }),
    })
  }
  const port: MailPort = { smtp: (...given) => mail.smtp(...given), imap: (...given) => mail.imap(...given) }
  const outside = { send, mail: port, dispatch: simulatedDispatch(send), ...options.outside }
  const app = await testApp({ logLevel: 'error', ...options, outside })
  return {
    app,
    sent,
    mail,
    stands: (id, methodName, more = {}, service = (services as Record<string, Service>)[id]!) => {
      simulator = createSimulator(id, service, methodName, { clock, ...more })
      return simulator
    },
    instead: (own) => {
      byHand = own
    },
  }
}

const BY_ITSELF = ['nothing', 'client_credentials', 'assertion', 'jwt', 'login']

/** Every way to connect that needs nobody at a browser. */
export function methodsWithoutBrowser(): { id: string; name: string; service: Service; method: Method }[] {
  return Object.entries(services as Record<string, Service>).flatMap(([id, service]) =>
    Object.entries(service.auth).flatMap(([name, method]) =>
      BY_ITSELF.includes(method.obtain.by) ? [{ id, name, service, method }] : [],
    ),
  )
}

/** What a person types: not what Cardea makes itself. */
export function typed(
  service: Service,
  method: Method,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const known = settingsOf(service, method)
  return Object.fromEntries(Object.entries(settings).filter(([name]) => known[name]?.kind !== 'generated'))
}
