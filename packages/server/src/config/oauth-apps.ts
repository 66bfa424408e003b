import { readFileSync, statSync } from 'node:fs'
import { parse as parseYaml, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { Secret } from '../secret.ts'
import { type Kind, Mistake, path } from './parse.ts'

/**
 * OAuth apps that the operator ships for every workspace. A secret stands beside the rest, or in a file of its own that is named here. What
 * is said about a mistake never quotes what was written: it may be a secret.
 */
const word = z.string().min(1).max(300)
const secret = z.string().min(1).max(65_536)
const entry = z.strictObject({
  service: word,
  name: z.string().min(1).max(100).default('Default'),
  methods: z.array(word).min(1).optional(),
  clientId: word.optional(),
  clientAuth: z.enum(['basic', 'secret_as_user', 'body', 'private_key', 'none']).optional(),
  clientSecret: secret.optional(),
  clientSecretFile: word.optional(),
  privateKey: secret.optional(),
  privateKeyFile: word.optional(),
  keyId: word.optional(),
  fields: z.record(word, secret).optional(),
  fieldFiles: z.record(word, word).optional(),
  settings: z.record(word, z.string().max(2048)).optional(),
  extraScopes: z.array(word).max(100).optional(),
  default: z.boolean().optional(),
})

export interface OauthAppEntry {
  provider: string
  name: string
  methods?: string[] | undefined
  clientId?: string | undefined
  clientAuth?: z.infer<typeof entry>['clientAuth']
  keyId?: string | undefined
  settings?: Record<string, string> | undefined
  extraScopes?: string[] | undefined
  isDefault?: boolean | undefined
  clientSecret?: Secret | undefined
  privateKey?: Secret | undefined
  fields?: Record<string, Secret> | undefined
}

const MOST_BYTES = 65_536

export function oauthApps(): Kind<OauthAppEntry[]> {
  return {
    type: 'a list of apps, as YAML or JSON',
    read: (value) => {
      const parsed = z
        .array(entry)
        .max(1000)
        .safeParse(typeof value === 'string' ? parseText(value) : value)
      if (!parsed.success) {
        const said = parsed.error.issues.map(({ path: at, message }) => [...(at.length ? [at.join('.')] : []), message])
        throw new Mistake(said.map((words) => words.join(': ')).join('; '))
      }
      const entries = parsed.data.map(readEntry)
      const twice = entries.find(
        ({ provider, name }, at) => entries.findIndex((one) => one.provider === provider && one.name === name) < at,
      )
      if (twice) throw new Mistake(`there are two apps named "${twice.name}" for ${twice.provider}`)
      return entries
    },
  }
}

function readEntry(given: z.infer<typeof entry>, at: number): OauthAppEntry {
  const { service, default: isDefault, clientSecretFile, privateKeyFile, fieldFiles, ...plain } = given
  const { clientSecret, privateKey, fields, ...open } = plain
  const where = (name: string) => `${at}.${name}`
  const fromFiles = Object.entries(fieldFiles ?? {}).map(([name, file]) => {
    if (fields && Object.hasOwn(fields, name)) throw new Mistake(`${where(`fields.${name}`)}: is given twice`)
    return [name, readFile(file, where(`fieldFiles.${name}`))] as const
  })
  const written = Object.entries(fields ?? {}).map(([name, text]) => [name, Secret.of(text)] as const)
  return {
    ...open,
    provider: service,
    isDefault,
    clientSecret: one(clientSecret, clientSecretFile, where('clientSecretFile')),
    privateKey: one(privateKey, privateKeyFile, where('privateKeyFile')),
    fields: fields || fieldFiles ? Object.fromEntries([...written, ...fromFiles]) : undefined,
  }
}

function one(text: string | undefined, file: string | undefined, where: string): Secret | undefined {
  if (text !== undefined && file !== undefined) throw new Mistake(`${where}: is given twice`)
  if (file !== undefined) return readFile(file, where)
  return text === undefined ? undefined : Secret.of(text)
}

function readFile(given: string, where: string): Secret {
  const file = path().read(given)
  const stat = statSync(file, { throwIfNoEntry: false })
  if (!stat?.isFile()) throw new Mistake(`${where}: there is no file ${file}`)
  if (stat.size > MOST_BYTES) throw new Mistake(`${where}: ${file} is larger than 64 KiB`)
  try {
    return Secret.of(readFileSync(file, 'utf8').replace(/\r?\n$/, ''))
  } catch (error) {
    throw new Mistake(`${where}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}

function parseText(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 0, logLevel: 'error' }) ?? []
  } catch (error) {
    // The words of the parser quote the line.
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined
    throw new Mistake(line === undefined ? 'cannot be read as YAML' : `cannot be read as YAML: see line ${line}`)
  }
}
