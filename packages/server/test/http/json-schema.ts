/** As much of JSON Schema as the API's description uses: says where a value is not what the schema says, or nothing. */
export type JsonSchema = { [keyword: string]: unknown }

const KNOWN = new Set(
  `$ref type properties required additionalProperties propertyNames items enum const pattern format minimum maximum exclusiveMinimum exclusiveMaximum
  minLength maxLength maxItems minItems anyOf oneOf allOf description default title`.split(/\s+/),
)

export function resolveSchema(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (typeof schema.$ref !== 'string') return schema
  const found = schema.$ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as JsonSchema)[name], root)
  return resolveSchema(found as JsonSchema, root)
}

export function mismatch(value: unknown, given: JsonSchema, root: JsonSchema, at = '$'): string | undefined {
  const schema = resolveSchema(given, root)
  const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword))
  // A keyword that is not understood would be a check that is silently left out.
  if (unknown) throw new Error(`${at}: the validator does not know "${unknown}"`)
  const some = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined
  if (some?.every((one) => mismatch(value, one, root, at))) return `${at} fits none of its alternatives`
  for (const one of (schema.allOf ?? []) as JsonSchema[]) {
    const found = mismatch(value, one, root, at)
    if (found) return found
  }
  if ('const' in schema && value !== schema.const) return `${at} is not ${schema.const}`
  if (schema.enum && !(schema.enum as unknown[]).includes(value)) return `${at} is none of its values: ${value}`
  if (schema.type && ![schema.type].flat().some((type) => isType(value, type as string))) {
    return `${at} is not of type ${schema.type}`
  }
  if (typeof value === 'string') return textMismatch(value, schema, at)
  if (typeof value === 'number') {
    if (value < ((schema.minimum as number) ?? -Infinity)) return `${at} is too small`
    if (value <= ((schema.exclusiveMinimum as number) ?? -Infinity)) return `${at} is too small`
    if (value >= ((schema.exclusiveMaximum as number) ?? Infinity)) return `${at} is too large`
    return value > ((schema.maximum as number) ?? Infinity) ? `${at} is too large` : undefined
  }
  if (Array.isArray(value)) {
    if (value.length > ((schema.maxItems as number) ?? Infinity)) return `${at} has too many items`
    return schema.items
      ? first(value.map((item, n) => mismatch(item, schema.items as JsonSchema, root, `${at}[${n}]`)))
      : undefined
  }
  return value !== null && typeof value === 'object' ? objectMismatch(value, schema, root, at) : undefined
}

function objectMismatch(value: object, schema: JsonSchema, root: JsonSchema, at: string): string | undefined {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>
  const missing = ((schema.required ?? []) as string[]).find((name) => !Object.hasOwn(value, name))
  if (missing) return `${at}.${missing} is missing`
  return first(
    Object.entries(value).map(([name, item]) => {
      const property = properties[name] ?? schema.additionalProperties
      if (property === false) return `${at}.${name} is not described`
      return typeof property === 'object' ? mismatch(item, property as JsonSchema, root, `${at}.${name}`) : undefined
    }),
  )
}

function textMismatch(value: string, schema: JsonSchema, at: string): string | undefined {
  if (schema.pattern && !new RegExp(schema.pattern as string, 'u').test(value)) return `${at} does not fit its pattern`
  if (value.length < ((schema.minLength as number) ?? 0)) return `${at} is too short`
  if (value.length > ((schema.maxLength as number) ?? Infinity)) return `${at} is too long`
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value))
  return schema.format === 'date-time' && !isInstant ? `${at} is no instant` : undefined
}

function isType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

function first(found: (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined)
}
