import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { Secret } from '../secret.ts'
import { type JwtIssuer, type Option, options } from './options.ts'
import { type Kind, Mistake } from './parse.ts'

/**
 * Reads the configuration once, at the top: environment first, then its `_FILE` twin, then the configuration file, then
 * the default. Reports every mistake at once, and refuses names that it does not know. The only reader of process.env.
 */
type Options = typeof options
type ValueOf<O> = O extends { kind: Kind<infer T> } ? (O extends { secret: true } ? Secret : T) : never
type Defaulted = { [Name in keyof Options]: Options[Name] extends { default: string } ? Name : never }[keyof Options]

export type Config = { readonly [Name in Defaulted]: ValueOf<Options[Name]> } & {
  readonly [Name in Exclude<keyof Options, Defaulted>]?: ValueOf<Options[Name]>
}

export type { JwtIssuer }

export interface Setting {
  name: string
  env: string
  /** As it would be shown: a secret never is. */
  shown: string
  source: 'environment' | 'file' | 'default' | 'unset'
  /** Which variable or file it came from. */
  from: string
}

export interface LoadedConfig {
  config: Config
  settings: Setting[]
}

/** All that is wrong with a configuration, a line each. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(`the configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}`)
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

const FILE_NAMES = ['cardea.config.yaml', 'cardea.config.yml', 'cardea.config.json']
const MAX_FILE_BYTES = 1024 * 1024

// Variables of ours that are no settings of the server.
const OTHER_VARIABLES = new Set(['CARDEA_CONFIG', 'CARDEA_URL', 'CARDEA_API_KEY', 'CARDEA_WORKSPACE'])

export function loadConfig(environment: Environment = process.env, folder: string = process.cwd()): LoadedConfig {
  const mistakes: string[] = []
  const file = readConfigFile(environment, folder, mistakes)
  const values: Record<string, unknown> = {}
  const settings: Setting[] = []

  for (const [name, option] of Object.entries(options) as [string, Option<unknown>][]) {
    const found = find(name, option, environment, file, mistakes)
    let shown = ''
    if (found.value !== undefined) {
      try {
        const value = option.kind.read(found.value)
        values[name] = option.secret ? Secret.of(String(value)) : value
        shown = option.secret ? '(secret)' : typeof value === 'string' ? value : JSON.stringify(value)
      } catch (error) {
        if (!(error instanceof Mistake)) throw error
        mistakes.push(`${found.from}: ${error.message}`)
      }
    }
    settings.push({ name, env: option.env, shown, source: found.source, from: found.from })
  }

  const known = new Set(Object.values(options).flatMap(({ env }) => [env, `${env}_FILE`]))
  for (const name of Object.keys(environment)) {
    if (name.startsWith('CARDEA_') && !known.has(name) && !OTHER_VARIABLES.has(name)) {
      mistakes.push(`${name}: there is no such setting${suggest(name, [...known])}`)
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return { config: values as Config, settings }
}

/** The flags that this Node was started with, wherever they were given. */
export function nodeFlags(environment: Environment = process.env): string[] {
  return [...process.execArgv, ...(environment.NODE_OPTIONS ?? '').split(/\s+/)].filter((flag) => flag !== '')
}

interface Found {
  value: unknown
  source: Setting['source']
  from: string
}

function find(
  name: string,
  option: Option<unknown>,
  environment: Environment,
  file: ConfigFile,
  mistakes: string[],
): Found {
  const direct = environment[option.env]
  const twinName = `${option.env}_FILE`
  // A setting whose own name is another's twin (a key file) is not read through it.
  const twin = environment[twinName]
  if (direct && twin) mistakes.push(`${option.env}: ${twinName} is set too; keep one of them`)
  if (direct) return { value: direct, source: 'environment', from: option.env }
  if (twin) {
    try {
      return { value: readSmallFile(twin).replace(/\r?\n$/, ''), source: 'environment', from: twinName }
    } catch (error) {
      mistakes.push(`${twinName}: ${(error as Error).message}`)
      return { value: undefined, source: 'environment', from: twinName }
    }
  }
  if (Object.hasOwn(file.values, name))
    return { value: file.values[name], source: 'file', from: `${file.path}: ${name}` }
  if (option.default !== undefined) return { value: option.default, source: 'default', from: option.env }
  return { value: undefined, source: 'unset', from: option.env }
}

interface ConfigFile {
  path: string
  values: Record<string, unknown>
}

function readConfigFile(environment: Environment, folder: string, mistakes: string[]): ConfigFile {
  const path =
    environment.CARDEA_CONFIG || FILE_NAMES.map((name) => join(folder, name)).find((name) => existsSync(name))
  if (!path) return { path: '', values: {} }
  try {
    const parsed: unknown = parseYaml(readSmallFile(path), { maxAliasCount: 0 })
    if (parsed === null || parsed === undefined) return { path, values: {} }
    if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new Error('must hold names and values')
    const names = Object.keys(options)
    for (const name of Object.keys(parsed)) {
      if (!names.includes(name)) mistakes.push(`${path}: there is no setting "${name}"${suggest(name, names)}`)
    }
    return { path, values: parsed as Record<string, unknown> }
  } catch (error) {
    mistakes.push(`${path}: ${(error as Error).message.split('\n')[0]}`)
    return { path, values: {} }
  }
}

function readSmallFile(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new Error('there is no such file')
  if (!stat.isFile()) throw new Error('is not a file')
  if (stat.size > MAX_FILE_BYTES) throw new Error('is larger than 1 MiB')
  return readFileSync(path, 'utf8')
}

function suggest(name: string, known: readonly string[]): string {
  const near = known.map((other) => ({ other, steps: distance(name, other) })).sort((a, b) => a.steps - b.steps)[0]
  return near && near.steps <= 3 ? `; did you mean ${near.other}?` : ''
}

/** Edits that turn one name into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
