import type { Method, Service, Values } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import { newId } from '../ids.ts'
import { learnFrom } from '../oauth/oauth.ts'
import type { ConnectionRow } from '../store/schema.ts'
import { workspaceOf } from './access.ts'
import type { Beginnings, Created, Finish } from './begin.ts'
import { lentBy } from './borrowed.ts'
import { hasCheck } from './check.ts'
import { chosenApp, withAppSettings } from './chosen-app.ts'
import { readEntered, readLabel } from './entered.ts'
import type { Examined } from './examine.ts'
import type { House } from './house.ts'
import { kindOf, type Prepared, prepare } from './prepared.ts'
import { reasons } from './reasons.ts'
import type { Outcome } from './state.ts'

/** What a person sends who connects an account by something they have: keys, a password, a file. */
export interface NewConnection {
  provider: string
  method?: string | undefined
  name?: string | undefined
  settings?: Readonly<Record<string, string>> | undefined
  credential?: Readonly<Record<string, string>> | undefined
  visibility?: ConnectionRow['visibility'] | undefined
  /** Which of several places that the account reaches. */
  choice?: string | undefined
  skipTest: boolean
  /** Of several OAuth apps for a method that needs one. */
  appId?: string | undefined
}

/** How a connect page creates: with the settings that Cardea made and has shown before, so that the service could be told. */
export interface CreateWith extends Pick<Finish, 'heldUntil' | 'also'> {
  made?: Values
}

export type Create = (caller: Caller, input: NewConnection, how?: CreateWith) => Promise<Created>

export function createCreate(house: House, beginnings: Beginnings): Create {
  const { clock, services, target, tokens, examine, mayConnect, apps } = house

  return async (caller, input, { made, ...how } = {}) => {
    const workspaceId = workspaceOf(caller)
    const { definition: service, version: definitionVersion } = await services.get(workspaceId, input.provider)
    const [methodName, method] = chosenMethod(service, input, clock.now())
    const { provider, visibility = 'private', skipTest } = input
    const facts = {
      workspaceId,
      provider,
      method: methodName,
      visibility,
      skipsTest: skipTest,
      does: 'connect' as const,
    }
    const label = input.name === undefined ? undefined : readLabel(input.name, 'name')
    const app = method.app
      ? await chosenApp(apps, workspaceId, { provider, method: methodName, appId: input.appId })
      : undefined
    const entered = readEntered(service, method, withAppSettings(input, app), made)
    await mayConnect(caller, facts)
    const id = newId('conn')
    const prepared = prepare(target, service, method, {
      settings: entered.settings,
      learned: {},
      // The app's are used and never stored with the connection.
      secrets: app ? { ...lentBy(app, service, method), ...entered.secrets } : entered.secrets,
    })
    const found = await lookedAt(prepared, id, input)
    refuseRejected(found)

    const row = await beginnings.begin(
      caller,
      {
        id,
        provider,
        definitionVersion,
        methodName,
        method,
        visibility,
        name: label ?? (found.account ? [...found.account.label].slice(0, 100).join('') : service.name),
        settings: entered.settings,
        ...(app ? { appId: app.id } : {}),
      },
      (db) => mayConnect(caller, facts, db),
    )
    return beginnings.finish(caller, row, { secrets: entered.secrets, found, hasCheck: hasCheck(prepared), ...how })
  }

  async function lookedAt(
    prepared: Prepared,
    connectionId: string,
    { skipTest, choice }: NewConnection,
  ): Promise<Omit<Examined, 'outcome'> & { outcome?: Outcome }> {
    if (skipTest) return { learned: learnFrom(prepared.service, prepared.method, {}, prepared.secrets) }
    return examine(prepared, {
      obtain: (of) => tokens.get({ connectionId, version: 1 }, of),
      choice,
    })
  }
}

/** What can be mended by entering something else is refused; what only time mends is stored. */
function refuseRejected({ outcome, problem }: { outcome?: Outcome; problem?: Problem }): void {
  if (outcome?.is === 'trouble' && outcome.trouble && MISTAKES.has(outcome.trouble) && problem) throw problem
  if (outcome?.is !== 'rejected' && outcome?.is !== 'ended') return
  const reason = outcome.is === 'rejected' ? 'credential_rejected' : 'grant_ended'
  const { sentence } = reasons[reason]
  throw new Problem('connection.test_refused', {
    sentence,
    todo: 'Correct it and send it again; with skip_test=true it is stored without being tried.',
    reason,
  })
}

const MISTAKES: ReadonlySet<string> = new Set(['cannot_be_sent', 'address_not_allowed'])

export function chosenMethod(
  service: Service,
  input: Pick<NewConnection, 'provider' | 'method'>,
  now: number,
): [string, Method] {
  const { provider } = input
  const own = Object.entries(service.auth).filter(([, method]) => kindOf(method) !== 'granted' && !method.app)
  const name = input.method ?? (own.length === 1 ? own[0]![0] : '')
  const method = Object.hasOwn(service.auth, name) ? service.auth[name] : undefined
  if (!method) {
    throw new Problem('connection.method_unknown', {
      provider,
      method: name.slice(0, 100),
      methods: Object.keys(service.auth),
    })
  }
  if (kindOf(method) === 'granted') throw new Problem('connection.method_needs_browser', { method: name })
  const since = method.retires && (method.retires.closes ?? method.retires.on)
  if (since && Date.parse(since) <= now) {
    throw new Problem('connection.method_retired', { method: name, since, use: method.retires!.use })
  }
  return [name, method]
}
