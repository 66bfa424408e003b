import type { Action, Input } from '@cardea/catalog'
import { DATE, EMAIL, LONGEST_ADDRESS, LONGEST_TEXT, MOST_ENTRIES, TIME } from './input.ts'

/** What an action asks for, as JSON Schema (2020-12): what models and forms read. It says what `checkedInput` checks. */
export type InputSchema = Record<string, unknown>

export function inputSchema({ input }: Pick<Action, 'input'>): InputSchema {
  const required = Object.entries(input).flatMap(([name, { optional, default: usual }]) =>
    optional || usual !== undefined ? [] : [name],
  )
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(Object.entries(input).map(([name, each]) => [name, propertyOf(each)])),
    required,
    additionalProperties: false,
  }
}

function propertyOf(given: Input): InputSchema {
  const { about, many, optional, example, default: usual, is } = given
  const words = {
    description: about,
    ...(usual === undefined ? {} : { default: usual }),
    ...(example === undefined ? {} : { examples: [is === 'json' ? parsedOr(example) : example] }),
  }
  if (!many) return { ...one(given), ...words }
  return { type: 'array', items: one(given), ...(optional ? {} : { minItems: 1 }), maxItems: MOST_ENTRIES, ...words }
}

function one({ is, options, optional, default: usual }: Input): InputSchema {
  const choice = options ? { enum: [...options] } : {}
  switch (is) {
    case 'json':
      return {}
    case 'boolean':
    case 'number':
      return { type: is }
    case 'integer':
      return { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
    case 'email':
      return { type: 'string', format: 'email', pattern: EMAIL, ...choice }
    case 'date':
      return { type: 'string', format: 'date', pattern: DATE, ...choice }
    case 'time':
      return { type: 'string', pattern: TIME, ...choice }
    case 'url':
      return { type: 'string', format: 'uri', pattern: '^https?://\\S+$', maxLength: LONGEST_ADDRESS, ...choice }
    default: {
      const least = optional || usual === '' ? {} : { minLength: 1 }
      return { type: 'string', ...least, maxLength: LONGEST_TEXT, ...choice }
    }
  }
}

/** An example of JSON is written as text. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
