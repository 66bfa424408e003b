import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { roles } from '../actor.ts'

/** How one value of the configuration is read from text or from the file, and how the reference names its type. */
export interface Kind<T> {
  type: string
  /** Throws `Mistake` with what is expected. */
  read(value: unknown): T
}

export class Mistake extends Error {}

export function text(rule: { pattern: RegExp; hint: string }): Kind<string> {
  return {
    type: rule.hint,
    read: (value) => {
      if (typeof value !== 'string' || !rule.pattern.test(value)) throw new Mistake(`must be ${rule.hint}`)
      return value
    },
  }
}

export function path(): Kind<string> {
  return {
    type: 'a path',
    read: (value) => {
      if (typeof value !== 'string' || value === '' || value.includes('\0')) throw new Mistake('must be a path')
      return resolve(value === '~' || value.startsWith('~/') ? homedir() + value.slice(1) : value)
    },
  }
}

export function integer(range: { min: number; max: number }): Kind<number> {
  const expected = `a whole number from ${range.min} to ${range.max}`
  return {
    type: expected,
    read: (value) => {
      const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
      if (typeof number !== 'number' || !Number.isInteger(number) || number < range.min || number > range.max) {
        throw new Mistake(`must be ${expected}`)
      }
      return number
    },
  }
}

export function choice<const T extends readonly string[]>(values: T): Kind<T[number]> {
  const expected = values.map((value) => `"${value}"`).join(', ')
  return {
    type: `one of ${expected}`,
    read: (value) => {
      if (typeof value !== 'string' || !values.includes(value)) throw new Mistake(`must be one of ${expected}`)
      return value
    },
  }
}

/** As text: separated by commas. */
export function words(rule: { pattern: RegExp; hint: string }): Kind<readonly string[]> {
  return {
    type: `a list of ${rule.hint}`,
    read: (value) => {
      const list = typeof value === 'string' ? value.split(',').map((word) => word.trim()) : value
      if (!Array.isArray(list) || !list.every((word) => typeof word === 'string' && rule.pattern.test(word))) {
        throw new Mistake(`must be a list of ${rule.hint}`)
      }
      return [...new Set<string>(list)]
    },
  }
}

export function url(protocols: readonly string[]): Kind<string> {
  const expected = `an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`
  return {
    type: expected,
    read: (value) => {
      if (typeof value !== 'string' || !URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
        throw new Mistake(`must be ${expected}`)
      }
      return value.replace(/\/+$/, '')
    },
  }
}

const jwtIssuer = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }),
  audience: z.string().min(1),
  jwks: z.string().min(1).optional(),
  claims: z.strictObject({
    workspace: z.string().min(1),
    user: z.string().min(1).default('sub'),
    role: z.string().min(1),
  }),
  roles: z.record(z.string(), z.enum(roles)),
})

/** An identity provider of another product, and how its claims say who is asking, where, and as what. */
export type JwtIssuer = z.infer<typeof jwtIssuer>

export function jwtIssuers(): Kind<JwtIssuer[]> {
  return {
    type: 'a list of issuers',
    read: (value) => {
      const parsed = z.array(jwtIssuer).safeParse(typeof value === 'string' ? parseJson(value) : value)
      if (parsed.success) return parsed.data
      throw new Mistake(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
    },
  }
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    throw new Mistake('must be JSON')
  }
}
