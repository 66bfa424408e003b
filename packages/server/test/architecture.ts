import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'

/** The rules of the house, as functions over source files, so that a test can plant a violation and see it noticed. */
export interface Source {
  /** Relative to the package's src folder, with forward slashes. */
  path: string
  text: string
}

export interface Violation {
  rule: string
  path: string
  line: number
  detail: string
}

/** Each room and the floor it stands on. A file in none of them is a violation: a new room is a decision. */
export const floors: Record<string, number> = {
  errors: 0,
  problems: 0,
  secret: 0,
  actor: 0,
  ids: 0,
  clock: 0,
  log: 0,
  config: 1,
  crypto: 1,
  net: 1,
  store: 2,
  inject: 2,
  vault: 3,
  oauth: 3,
  target: 3,
  answers: 3,
  scrub: 3,
  policy: 3,
  audit: 3,
  events: 3,
  simulate: 3,
  services: 3,
  accounts: 4,
  apps: 4,
  connections: 5,
  conformance: 5,
  broker: 6,
  proxy: 7,
  actions: 8,
  jobs: 8,
  sandbox: 8,
  app: 9,
  http: 10,
  mcp: 10,
  cli: 11,
}

/** Rooms without a front door: import the file you need. */
const TOOLBOXES = new Set(['crypto', 'net', 'store', 'inject'])

/** The files that may open a secret, and what for. Adding one is a reviewed act. */
export const mayReveal: Record<string, string> = {
  'accounts/better-auth.ts': 'better-auth takes its key and passwords as text',
  'accounts/entered.ts': 'the length of a new password',
  'accounts/outsiders.ts': 'a JWT is verified as text',
  'accounts/presented.ts': 'what a request presents is hashed or parsed',
  'apps/from-file.ts': 'secrets of the configuration are read like what is typed, and compared with what is stored',
  'app.ts': "the database's driver takes its address as text",
  'broker/hold.ts': 'a credential that is held for seconds is copied, so that the copy can be wiped',
  'broker/presented.ts': 'a broker token that is presented is hashed',
  'cli/commands/serve.ts': 'the first-run link is printed, once',
  'connections/account-key.ts': 'a credential without an account is told apart by a keyed hash',
  'connections/authorize/discovered.ts': 'what was found out about a server is read again',
  'connections/authorize/sealed.ts': 'what a flow must show again is put together to be sealed',
  'connections/connect-tokens.ts': 'what a connect link and its browser present is hashed',
  'connections/revocation-seal.ts': 'what has to be shown to end a grant is sealed for that, and opened',
  'crypto/bundle.ts': 'the fields of a credential are put together for the vault, and taken apart',
  'crypto/mac.ts': 'a MAC is made with the key',
  'events/sign.ts': 'a message to a webhook is signed with its key',
  'http/actor.ts': 'the token for /metrics is compared',
  'http/connect-page/handover.ts': 'a browser is given its cookie, and the completion code to carry back',
  'http/present.ts': 'a token is shown in the answer that makes it',
  'inject/values.ts': 'a template names the secret that it sends',
  'net/mail-imap-client.ts': 'the IMAP library takes a login as text',
  'net/mail-sasl.ts': 'a login is said to a mail server',
  'oauth/callback.ts': 'a return is signed with the client secret',
  'oauth/failures.ts': 'what a service quotes is compared with what it was sent',
  'oauth/key-kind.ts': 'which algorithm a private key signs by is read off it',
  'oauth/learn.ts': 'the public part of a field is cut out',
  'oauth/shape.ts': 'a client assertion is signed with the key of the app',
  'oauth/sign-in-1.ts': 'a request token signs the second step',
  'scrub/needles.ts': 'what an answer must not contain is copied, to be searched for',
  'vault/conformance.ts': 'what a driver gives back is compared',
  'vault/drivers/local.ts': 'a credential is sealed',
  'vault/keys/keyring-text.ts': 'keys are written to their file or keychain',
  'vault/keys/keyring.ts': 'the master key seals and opens',
  'vault/vault.ts': 'a key of its own seals small values',
}

/** Files that may be longer than the limit, and why. */
export const longFiles: Record<string, string> = {
  'store/schema.ts': 'one list: the shape of every row',
  'problems.ts': 'one table: every refusal, its sentence and its next step',
}

export const FILE_LIMIT = 250
export const FILE_HARD_LIMIT = 400

const FORBIDDEN_FILE = /(^|\/)(utils?|helpers?|common|shared|core|lib|types|index|misc)(\.ts$|\/)/

export function roomOf(path: string): string {
  return path.split('/')[0]!.replace(/\.ts$/, '')
}

interface Rule {
  name: string
  pattern: RegExp
  allowed: (path: string) => boolean
  detail: string
}

const rules: readonly Rule[] = [
  {
    name: 'environment',
    pattern: /\bprocess\.env\b/,
    allowed: (path) => path === 'config/config.ts',
    detail: 'process.env is read in config/config.ts only',
  },
  {
    name: 'clock',
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(Timeout|Interval)\b.*(\(|timers\/promises)/,
    allowed: (path) => path === 'clock.ts',
    detail: 'time comes from clock.ts only',
  },
  {
    name: 'fetch',
    pattern: /(?<![.\w])fetch\(|\bglobalThis\.fetch\b/,
    allowed: (path) => path === 'net/fetch.ts',
    detail: 'the global fetch is called in net/fetch.ts only',
  },
  {
    name: 'sql',
    pattern:
      /\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(|(?<!\w)sql(<[^`]*>)?`|from 'kysely'|from 'pg'|from 'node:sqlite'/,
    allowed: (path) => path.startsWith('store/'),
    detail: 'SQL is written in store/ only',
  },
  {
    name: 'reveal',
    pattern: /\.reveal(Bytes)?\(/,
    allowed: (path) => path === 'secret.ts' || path in mayReveal,
    detail: 'a secret is opened only in the files that test/architecture.ts lists',
  },
  {
    name: 'name',
    pattern: /\bclass \w*(Manager|Helper|Util|Base|Impl)\b|\b(interface|type) \w*(Manager|Helper|Impl|Info)\b/,
    allowed: () => false,
    detail: 'a name says what a thing is, not Manager, Helper, Util, Base, Impl or Info',
  },
  {
    name: 'swallowed',
    pattern: /catch( \(\w+\))? \{\s*\}/,
    allowed: () => false,
    detail: 'a catch rethrows, translates or records',
  },
]

export function violations(sources: readonly Source[], serviceIds: readonly string[] = []): Violation[] {
  return [
    ...sources.flatMap((source) => [
      ...ruleViolations(source),
      ...importViolations(source),
      ...serviceViolations(source, serviceIds),
    ]),
    ...sources.flatMap(fileViolations),
    ...cycles(sources).map((cycle) => ({ rule: 'cycle', path: cycle[0]!, line: 1, detail: cycle.join(' → ') })),
  ]
}

function ruleViolations({ path, text }: Source): Violation[] {
  return lines(text).flatMap(({ code, line }) =>
    rules
      .filter((rule) => !rule.allowed(path) && rule.pattern.test(code))
      .map((rule) => ({ rule: rule.name, path, line, detail: rule.detail })),
  )
}

function fileViolations({ path, text }: Source): Violation[] {
  const found: Violation[] = []
  const length = text.split('\n').length - 1
  const fault = (rule: string, detail: string) => found.push({ rule, path, line: 1, detail })
  if (FORBIDDEN_FILE.test(path)) fault('file-name', 'a file is named for what it is')
  if (!/^[a-z0-9/.-]+$/.test(path)) fault('file-name', 'files are named in kebab-case')
  if (floors[roomOf(path)] === undefined) fault('room', 'this room has no floor in test/architecture.ts')
  if (length > FILE_HARD_LIMIT && !longFiles[path]) fault('length', `${length} lines; split it along its seams`)
  return found
}

export function importsOf({ path, text }: Source): { target: string; line: number; dynamic: boolean }[] {
  const found: { target: string; line: number; dynamic: boolean }[] = []
  for (const match of text.matchAll(/(?:\bfrom |\bimport |\bimport\()\s*'(\.[^']+)'/g)) {
    const target = normalize(join(dirname(path), match[1]!))
      .split(sep)
      .join('/')
    const line = text.slice(0, match.index).split('\n').length
    found.push({ target, line, dynamic: match[0].includes('(') })
  }
  return found
}

function importViolations(source: Source): Violation[] {
  const room = roomOf(source.path)
  const floor = floors[room] ?? 0
  return importsOf(source).flatMap(({ target, line }) => {
    const targetRoom = roomOf(target)
    const fault = (rule: string, detail: string): Violation[] => [{ rule, path: source.path, line, detail }]
    if (target.startsWith('..')) return fault('import', `${target} is outside of the package`)
    if (targetRoom === room && target.includes('/')) return []
    const targetFloor = floors[targetRoom]
    if (targetFloor === undefined) return fault('import', `${target} is in no room`)
    if (floor === 0 && targetFloor === 0) return []
    if (targetFloor > floor) return fault('import', `${target} is above ${room}`)
    if (targetFloor === floor) return fault('import', `${target} is beside ${room}`)
    const frontDoor =
      target === `${targetRoom}.ts` || target === `${targetRoom}/${targetRoom}.ts` || TOOLBOXES.has(targetRoom)
    return frontDoor ? [] : fault('front-door', `${target} is behind the front door of ${targetRoom}`)
  })
}

// Ids that are English words as well are looked for only where a provider is compared.
const WORDS = new Set([
  'x',
  'box',
  'make',
  'linear',
  'none',
  'close',
  'front',
  'drift',
  'custom',
  'bearer',
  'basic',
  'webhook',
  'mcp',
])

function serviceViolations({ path, text }: Source, ids: readonly string[]): Violation[] {
  if (ids.length === 0) return []
  return lines(text).flatMap(({ code, line }) => {
    const quoted = [...code.matchAll(/'([a-z0-9_]+)'/g)].map((match) => match[1]!)
    const named = quoted.find((word) => ids.includes(word) && (!WORDS.has(word) || /\bprovider\b.*[!=]==/.test(code)))
    return named ? [{ rule: 'service', path, line, detail: `the engine never names a service ('${named}')` }] : []
  })
}

export function cycles(sources: readonly Source[]): string[][] {
  const known = new Set(sources.map(({ path }) => path))
  const edges = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .map(({ target }) => target)
        .filter((target) => known.has(target)),
    ]),
  )
  const found: string[][] = []
  const done = new Set<string>()
  const walk = (path: string, trail: string[]) => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      found.push([...trail.slice(at), path])
      return
    }
    if (done.has(path)) return
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path])
    done.add(path)
  }
  for (const { path } of sources) walk(path, [])
  return found
}

function lines(text: string): { code: string; line: number }[] {
  let inComment = false
  return text.split('\n').map((code, index) => {
    const trimmed = code.trim()
    if (trimmed.startsWith('/*')) inComment = true
    const isComment = inComment || trimmed.startsWith('//')
    if (trimmed.includes('*/')) inComment = false
    return { code: isComment ? '' : code, line: index + 1 }
  })
}

export function readSources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => {
      const full = join(folder, name)
      return { path: relative(folder, full).split(sep).join('/'), text: readFileSync(full, 'utf8') }
    })
    .sort((a, b) => a.path.localeCompare(b.path))
}
