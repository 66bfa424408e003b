import { type Method, type Service, settingsOf, type Values } from '@cardea/catalog'
import { kindOf } from './prepared.ts'

/** One way to connect a service, as a person who stands before it can take it or not. */
export interface Offer {
  name: string
  method: Method
  /** `consent`: at the service, in a browser, through an OAuth app. */
  by: 'form' | 'consent'
  /** `needs_app`: an administrator has to register an OAuth app first. `retired`: the service makes no new ones. */
  state: 'ready' | 'needs_app' | 'retired'
}

/** Those that can be taken first, then those that cannot be yet. What the service has given up is left out where there is another. */
export function offersOf(service: Service, now: number, hasApp: (method: string) => boolean = () => false): Offer[] {
  const all = Object.entries(service.auth).map(([name, method]): Offer => {
    const closes = method.retires && (method.retires.closes ?? method.retires.on)
    const by = kindOf(method) === 'granted' ? 'consent' : 'form'
    if (closes && Date.parse(closes) <= now) return { name, method, by, state: 'retired' }
    const isReady = by === 'form' ? !method.app || hasApp(name) : findsClient(method) || hasApp(name)
    return { name, method, by, state: isReady ? 'ready' : 'needs_app' }
  })
  const alive = all.filter(({ state }) => state !== 'retired')
  // What another tool on one's own computer keeps is found by the command line there; nobody types it into a page.
  const typed = alive.filter(({ method }) => !method.reader)
  const shown = [typed, alive, all].find((some) => some.length > 0) ?? []
  return [...shown.filter(({ state }) => state === 'ready'), ...shown.filter(({ state }) => state !== 'ready')]
}

/** The settings that Cardea makes itself. */
export function madeFor(service: Service, { name, method }: Offer, make: (setting: string) => string): Values {
  const generated = Object.entries(settingsOf(service, method)).filter(([, { kind }]) => kind === 'generated')
  return Object.fromEntries(generated.map(([setting]) => [setting, make(`${name}.${setting}`)]))
}

/** Where the server itself takes new clients, nobody has to register one first. */
function findsClient({ obtain }: Method): boolean {
  return obtain.by === 'discovery' && obtain.register.some((way) => way !== 'app')
}
