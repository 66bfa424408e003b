import { z } from 'zod'
import { Problem } from '../errors.ts'
import { readSource } from '../services/services.ts'
import { HOST, METHOD, PATH } from './bounds.ts'

/**
 * What a skill says that it needs. It can reach nothing else: a service that is not named, an action, a method, a path or a host outside of
 * what is listed. What is left out does not narrow, but for the services.
 */
const service = z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'the id of a service')
const scope = z.string().regex(/^[\x21-\x7e]{1,300}$/, 'a scope')

export const hosts = z.array(z.string().max(260).regex(HOST, 'a host, such as api.example.com or *.example.com'))
export const methods = z.array(z.string().regex(METHOD, 'a method in capitals'))
export const paths = z.array(
  z.string().min(1).max(500).regex(PATH, 'a path such as /repos/*/issues or /repos/**, without escapes'),
)

/** Never like an id, so that a name and an id can stand in the same place. */
const name = z
  .string()
  .regex(/^(?!skill_)[a-z0-9][a-z0-9_-]{0,62}$/, 'small letters, digits, - and _, and not like an id')

export const manifest = z.strictObject({
  name,
  description: z.exactOptional(z.string().max(1000)),
  credentials: z.array(service).min(1).max(50),
  actions: z.exactOptional(
    z.array(z.string().regex(/^[a-z][a-z0-9_]{0,40}\.[a-z0-9_]{1,60}$/, 'an action, such as mail.send')).max(200),
  ),
  /** By service. */
  scopes: z.exactOptional(z.record(service, z.array(scope).max(100))),
  methods: z.exactOptional(methods.max(20)),
  paths: z.exactOptional(paths.max(100)),
  hosts: z.exactOptional(hosts.max(50)),
})

export type Manifest = z.output<typeof manifest>

export interface GivenManifest {
  manifest: string | Record<string, unknown>
  format?: 'yaml' | 'json' | undefined
}

const MOST_TEXT = 65_536

export function readManifest({ manifest: given, format = 'yaml' }: GivenManifest): Manifest {
  const value = typeof given === 'string' ? fromText(given, format) : given
  const read = manifest.safeParse(value)
  if (!read.success) {
    const issues = read.error.issues.slice(0, 20).map(({ path, message }) => ({
      path: path.map(String).join('.').slice(0, 200),
      message: message.slice(0, 200),
    }))
    throw new Problem('skill.invalid', { issues })
  }
  const stranger = Object.keys(read.data.scopes ?? {}).find((id) => !read.data.credentials.includes(id))
  if (stranger !== undefined) throw invalid(`scopes.${stranger}`, 'is not among the credentials')
  return { ...read.data, credentials: [...new Set(read.data.credentials)] }
}

export function invalid(path: string, message: string): Problem {
  return new Problem('skill.invalid', { issues: [{ path, message }] })
}

function fromText(text: string, format: 'yaml' | 'json'): unknown {
  if (text.length > MOST_TEXT) throw invalid('', `is longer than ${MOST_TEXT} characters`)
  const { value, issues } = readSource(text, format)
  if (issues.length > 0) throw new Problem('skill.invalid', { issues })
  return value
}

/** Whether calls that no action makes are among what it may do: who lists actions and no methods, paths or hosts, means those alone. */
export function callsFreely({ actions, methods, paths, hosts }: Manifest): boolean {
  return actions === undefined || methods !== undefined || paths !== undefined || hosts !== undefined
}
