import { type Service, services } from '@cardea/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { isProblem } from '../../src/errors.ts'
import { readDefinition } from '../../src/services/read.ts'
import type { Issue } from '../../src/services/source.ts'
import { sample } from './sample.ts'

/** Few in a test, many where there is time. */
const runs = Number(process.env.CARDEA_TEST_FUZZ_RUNS ?? 400)
const all = Object.entries(services) as [string, Service][]

/** Reads it, or is refused by lines that are there; anything else is a fault of ours. */
function read(text: string, format: 'yaml' | 'json'): 'taken' | 'refused' {
  const began = performance.now()
  try {
    readDefinition('example', text, format)
    return 'taken'
  } catch (error) {
    if (!isProblem(error, 'service.invalid')) throw error
    const lines = text.split('\n').length
    for (const { line, column, message } of error.values.issues as Issue[]) {
      expect(message).not.toBe('')
      expect(line).toBeGreaterThan(0)
      expect(line).toBeLessThanOrEqual(lines)
      expect(column).toBeGreaterThan(0)
    }
    return 'refused'
  } finally {
    expect(performance.now() - began).toBeLessThan(1500)
  }
}

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    Number.POSITIVE_INFINITY,
    '',
    ' ',
    '{',
    '{x}',
    '{constructor}',
    '{__proto__}',
    '^$',
    '^(a|a)*$',
    '[',
    '^[$',
    'https://',
    'https://{x}',
    'https://a..b',
    '//x',
    '/',
    '/{path}',
    'field',
    'jwt',
    'nothing',
    'code',
    [],
    {},
    [[]],
    [null],
    { by: 'code' },
    { none: 'x' },
    { get: 1 },
    { kind: 'choice', label: 'x', options: [] },
    { kind: 'choice', label: 'x', options: {} },
    { kind: 'text', label: 'x', pattern: '(' },
  ),
  fc.string({ maxLength: 12 }),
  fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown),
)

function places(value: unknown, path: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
}

function put(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((inner, index) => (String(index) === key ? put(inner, rest, by) : inner))
  const block = { ...(value as Record<string, unknown>) }
  if (rest.length === 0 && by === undefined) delete block[key]
  else block[key] = put(block[key], rest, by)
  return block
}

describe('whatever is done to a definition', () => {
  it('in one place of one of ours, it is read or refused, never a fault', () => {
    const outcomes = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.nat(), fc.option(strange, { nil: undefined }), ([, service], at, by) => {
        const spots = places(service)
        const spoilt = put(service, spots[at % spots.length]!, by)
        outcomes[read(JSON.stringify(spoilt, null, 1) ?? '', 'json')]++
        outcomes[read(stringify(spoilt, { aliasDuplicateObjects: false }) ?? '', 'yaml')]++
      }),
      { numRuns: runs },
    )
    expect(outcomes.refused).toBeGreaterThan(runs / 4)
    expect(outcomes.taken).toBeGreaterThan(runs / 20)
  }, 120_000)

  it('in its text, it is read or refused, never a fault', () => {
    fc.assert(
      fc.property(
        fc.nat(sample.length),
        fc.nat(20),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 6 }),
          fc.constantFrom(
            '\t',
            '\r',
            '&a ',
            '*a',
            '!!x ',
            '? ',
            '- ',
            ': ',
            '|',
            '>',
            '%YAML 9\n',
            '---\n',
            '{',
            '[',
            '"',
            "'",
            '#',
            '<<: ',
            '\ufeff',
          ),
        ),
        (at, cut, by) => {
          read(sample.slice(0, at) + by + sample.slice(at + cut), 'yaml')
        },
      ),
      { numRuns: runs * 2 },
    )
  }, 120_000)
})
