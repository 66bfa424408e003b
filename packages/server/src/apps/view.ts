import type { Caller } from '../actor.ts'
import { decide } from '../policy/policy.ts'
import type { OauthAppRecord } from '../store/oauth-apps.ts'
import { isOfDeployment } from './realm.ts'

/** An app as a caller may see it. `ready`: that there is one, and for what; whoever registers it sees the rest, and nobody its secrets. */
export type SeenApp = ReadyApp | WholeApp

interface ReadyApp {
  sight: 'ready'
  id: string
  origin: 'workspace' | 'deployment'
  provider: string
  methods: readonly string[]
}
interface WholeApp extends Omit<ReadyApp, 'sight'> {
  sight: 'full'
  app: OauthAppRecord
}

export function seenApp(caller: Caller, app: OauthAppRecord): SeenApp {
  const { id, provider, methods } = app
  const ofDeployment = isOfDeployment(app)
  const origin = ofDeployment ? 'deployment' : 'workspace'
  const seen = { id, origin, provider, methods } as const
  const registers = !ofDeployment && decide(caller.actor, 'app:manage') === 'allowed'
  return registers ? { sight: 'full', ...seen, app } : { sight: 'ready', ...seen }
}

/** For operators, among the apps of the deployment. */
export function wholeApp(app: OauthAppRecord): WholeApp {
  const { id, provider, methods } = app
  return { sight: 'full', id, origin: isOfDeployment(app) ? 'deployment' : 'workspace', provider, methods, app }
}
