import { Problem } from '../errors.ts'
import type { Address, Target } from '../target/target.ts'
import type { Plan } from './plan.ts'
import type { Asked } from './request.ts'
import { misplaced, type Place } from './token.ts'

/** Where a call goes, and whether that is a place where credentials are made or shown. */
export interface Aim {
  /** Undefined where the plain reading holds. */
  address: Address | undefined
  /** Of the service, for policies and the audit trail; of an address that is itself the secret only what is public. */
  host: string
  isGuarded: boolean
}

// Letters, digits and what no reader gives a second meaning; no segment begins with a dot, none is empty but the last. Such a path is what it
// is to every parser, encoded any number of times or not.
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?$/
const PLAIN_QUERY = /^[A-Za-z0-9_.~&=%+,:;@!$()*?/-]*$/
const LONGEST_PLAIN = 4096

export function aimAt(target: Target, plan: Plan, asked: Asked): Aim {
  const { path, query, method, host } = asked
  const { base, of } = plan
  if (
    base &&
    host === undefined &&
    path.length + query.length < LONGEST_PLAIN &&
    PLAIN_PATH.test(path) &&
    PLAIN_QUERY.test(query)
  ) {
    const isGuarded = mayBeGuarded(base.guarded, base.path, path) && guards(target, plan, method, path)
    return { address: undefined, host: base.host, isGuarded }
  }
  const address = target.address(of, { path, query, ...(host === undefined ? {} : { host }) })
  return {
    address,
    host: address.base === '' ? '' : new URL(address.base).host,
    isGuarded: target.guards(of, method, address),
  }
}

function guards(target: Target, { of }: Plan, method: string, path: string): boolean {
  return target.guards(of, method, target.address(of, { path }))
}

function mayBeGuarded(guarded: readonly string[], basePath: string, path: string): boolean {
  if (guarded.length === 0) return false
  const lower = path.toLowerCase()
  const whole = (basePath + path).toLowerCase()
  for (const beginning of guarded) if (lower.startsWith(beginning) || whole.startsWith(beginning)) return true
  return false
}

/**
 * A token is taken from where the service wants its credential, and from nowhere else: it was found before anybody knew which service is
 * meant, and elsewhere it is a mistake that the caller would rather hear of.
 */
export function checkPlace(place: Place, { taken, of, placing }: Plan): void {
  const { send } = of.method
  switch (place.in) {
    case 'authorization':
      return
    case 'header':
      if (!taken.has(place.name)) throw misplaced(`the header ${place.name}`)
      return
    case 'query':
      if (!names(send.query, placing.values).includes(place.name)) throw misplaced('the query')
      return
    case 'cookie':
      if (!names(send.cookies, placing.values).includes(place.name)) throw misplaced('the cookies')
      return
    case 'path': {
      const [before, rest = ''] = (send.path ?? '').split('{', 1).concat((send.path ?? '').split('}')[1] ?? '')
      const after = rest.split('{', 1)[0]!
      if (send.path === undefined || before !== `/${place.before}` || after !== place.after) throw misplaced('the path')
    }
  }
}

function names(entries: Readonly<Record<string, string>> | undefined, values: Plan['placing']['values']): string[] {
  return Object.keys(entries ?? {}).map((name) =>
    name.replaceAll(/\{([^}]*)\}/g, (_, inner: string) => values[inner] ?? ''),
  )
}

/** In force until an administrator's policy says otherwise. */
export function refuseGuarded(asked: Pick<Asked, 'method' | 'path'>): never {
  throw new Problem('proxy.path_guarded', { method: asked.method, path: asked.path.slice(0, 300) })
}
