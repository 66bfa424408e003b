/** A JSON Schema in words, for people who read a table. */
export type Schema = Record<string, unknown>

export interface SchemaRow {
  name: string
  type: string
  optional: boolean
  description: string
}

export function schemaRows(schema: Schema): SchemaRow[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  const required = new Set((schema.required ?? []) as string[])
  return properties.map(([name, property]) => ({
    name,
    type: typeOf(property),
    optional: !required.has(name),
    description: typeof property.description === 'string' ? property.description : '',
  }))
}

export function typeOf(schema: Schema): string {
  if (typeof schema.$ref === 'string') return schema.$ref.split('/').at(-1)!
  const choices = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as Schema[] | undefined
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ')
  const values = (schema.enum ?? (schema.const === undefined ? undefined : [schema.const])) as unknown[] | undefined
  if (values) return values.map((value) => JSON.stringify(value)).join(' or ')
  const types = [schema.type].flat().map((type) => (type === 'null' ? 'null' : nameOf(String(type), schema)))
  return types.join(' or ') + limitsOf(schema)
}

function nameOf(type: string, schema: Schema): string {
  if (type === 'array') return `list of ${typeOf((schema.items ?? {}) as Schema)}`
  if (type === 'object' && schema.properties) {
    const inner = schemaRows(schema).map(({ name, type, optional }) => `${name}${optional ? '?' : ''}: ${type}`)
    return `{ ${inner.join(', ')} }`
  }
  if (type === 'string' && schema.format === 'date-time') return 'instant'
  if (type === 'string' && typeof schema.format === 'string') return schema.format
  return type === 'undefined' ? 'anything' : type
}

function limitsOf(schema: Schema): string {
  const { minimum, maximum, maxLength } = schema as Record<string, number | undefined>
  const notes = [
    minimum !== undefined && maximum !== undefined && maximum < 1e9 ? `${minimum} to ${maximum}` : '',
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ].filter(Boolean)
  return notes.length > 0 ? ` (${notes.join(', ')})` : ''
}
