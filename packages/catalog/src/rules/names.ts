/** Which placeholders mean something where: what the compiler checks for our own files, once more for files made elsewhere. */
import { placeholders } from '../fill.ts'
import type { Method, Service, Settings } from '../types.ts'

interface Complaint {
  readonly where: string
  readonly says: string
}

/** Names that a definition cannot give to anything of its own. */
export const OBTAINED = [
  'accessToken',
  'refreshToken',
  'liveToken',
  'idToken',
  'tokenSecret',
  'redirectUri',
  'scopes',
  'keyFingerprint',
  'jwt',
  'path',
] as const
/** A definition may name these: they then stand for the registered app. */
const OF_THE_APP = ['clientId', 'clientSecret']

export function publicNames(service: Service, method: Method): Set<string> {
  return new Set([
    ...settingNames(service.settings),
    ...Object.keys(service.derive ?? {}),
    ...settingNames(method.settings),
    ...Object.keys(method.derive ?? {}),
    ...Object.keys(method.learn ?? {}),
  ])
}

export function allNames(service: Service, method: Method): Set<string> {
  const given =
    method.obtain.by === 'login'
      ? Object.keys(method.obtain.gives)
      : method.obtain.by === 'nothing'
        ? []
        : [...OBTAINED, ...OF_THE_APP]
  return new Set([
    ...publicNames(service, method),
    ...Object.keys(method.fields ?? {}),
    ...Object.keys(method.app?.fields ?? {}),
    ...given,
    'path',
  ])
}

function settingNames(settings: Settings = {}): string[] {
  return Object.entries(settings).flatMap(([name, setting]) => {
    if (setting.kind !== 'choice' || Array.isArray(setting.options)) return [name]
    const consequences = Object.values(setting.options).flatMap((option) => Object.keys(option))
    return [name, ...consequences.map((member) => `${name}.${member}`)]
  })
}

const UNFILLED = new Set(['graphql', 'pattern', 'match', 'input', 'title', 'proves', 'none'])
const ON_THE_WIRE = new Set(['body', 'form', 'json', 'query', 'params', 'variables', 'headers', 'cookies', 'claims'])

/** Every template below a value, with where it stands. Keys are templates too: a header's name may be a setting. */
export function* templatesIn(
  value: unknown,
  where: string,
  wire = false,
): Generator<{ where: string; template: string }> {
  if (typeof value === 'string') yield { where, template: value }
  else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      if (!wire && UNFILLED.has(key)) continue
      if (key.includes('{')) yield { where: `${where}.${key}`, template: key }
      yield* templatesIn(inner, `${where}.${key}`, wire || ON_THE_WIRE.has(key))
    }
  }
}

export function unknownIn(
  value: unknown,
  where: string,
  known: ReadonlySet<string>,
): { where: string; says: string }[] {
  return [...templatesIn(value, where)].flatMap(({ where: spot, template }) =>
    placeholders(template)
      .filter((name) => !known.has(name))
      .map((name) => ({ where: spot, says: `{${name}} is no setting, field or other value known here` })),
  )
}

/** Names that mean something else already. */
export function namesTaken(
  owner: Partial<Pick<Method, 'settings' | 'fields' | 'learn' | 'derive'>>,
  where: string,
): Complaint[] {
  const taken = new Set<string>(OBTAINED)
  return (['settings', 'fields', 'learn', 'derive'] as const).flatMap((block) =>
    Object.keys(owner[block] ?? {}).flatMap((name) =>
      /^[a-z][A-Za-z0-9]{0,39}$/.test(name) && !taken.has(name) && !(name in Object.prototype)
        ? []
        : [{ where: `${where}.${block}.${name}`, says: 'is a name with another meaning' }],
    ),
  )
}

/** A name that is both could carry the secret into an address. */
export function publicAndSecret(method: Method, open: ReadonlySet<string>, where: string): Complaint[] {
  return Object.keys({ ...method.fields, ...method.app?.fields }).flatMap((name) =>
    !open.has(name) ? [] : [{ where: `${where}.fields.${name}`, says: 'is the name of a public value too' }],
  )
}
