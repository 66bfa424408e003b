import { missing, type Values } from '@cardea/catalog'
import type { Secret } from '../secret.ts'

export type Secrets = Readonly<Record<string, Secret | undefined>>

/**
 * What a template may name: public values as they are, secrets opened only when the template names them. A secret wins over a public
 * value of the same name, so that nothing public can stand in for a credential.
 */
export function openedWhenNamed(open: Values, secrets: Secrets): Values {
  const values: Record<string, string | undefined> = Object.create(null)
  for (const [name, value] of Object.entries(open)) values[name] = value
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret)
      Object.defineProperty(values, name, { get: () => secret.reveal(), enumerable: false, configurable: true })
  }
  return values
}

/** An entry whose optional value is empty is left out whole; what is missing and not optional is an error when it is filled. */
export function isLeftOut(template: string, values: Values, optional: ReadonlySet<string>): boolean {
  const lacking = missing(template, values)
  return lacking.length > 0 && lacking.every((name) => optional.has(name))
}
