import type { Action, Input, Json } from '@cardea/catalog'

/** What somebody might write into each input of an action. `all`: into the optional ones too. */
export function sampleInput({ input, headers = {} }: Action, all = true): Record<string, Json> {
  const onTheLine = Object.values(headers).join(' ')
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, each]) => {
      if (each.optional && !all) return []
      if (onTheLine.includes(`{${name}}`) && each.is === 'text') return [[name, 'plain']]
      return [[name, each.many ? [one(each), one(each)] : one(each)]]
    }),
  )
}

function one({ is, options, default: usual, example }: Input): Json {
  if (options) return options[0]!
  if (usual !== undefined) return usual
  switch (is) {
    case 'integer':
      return 7
    case 'number':
      return 1.5
    case 'boolean':
      return true
    case 'email':
      return 'bob@example.com'
    case 'time':
      return '2027-03-01T09:00:00Z'
    case 'date':
      return '2027-03-01'
    case 'url':
      return 'https://example.com/page?a=b'
    case 'json':
      return example ? (JSON.parse(example) as Json) : { name: 'Ada' }
    default:
      return example ?? 'Grüße & <b>more</b>'
  }
}
