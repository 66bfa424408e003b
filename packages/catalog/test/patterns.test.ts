import { describe, expect, it } from 'vitest'
import { faultOfPattern } from '../src/rules/patterns.ts'

describe('a pattern', () => {
  it.each([
    '^[a-z0-9-]{1,40}$',
    '^(github_pat_[0-9A-Za-z_]{82}|gh[pousr]_[A-Za-z0-9_]{36,255})$',
    '^[^\\s@]+@[^\\s@]+$',
    '^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+\\.example\\.com$',
    '^[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]{4,12}-[0-9]$',
    '^[A-Za-z0-9][A-Za-z0-9_-]*(\\.[a-z0-9-]+){0,3}$',
    '^(a|b|cd)*$',
    '^a*a*$',
  ])('%s is taken', (pattern) => {
    expect(faultOfPattern(pattern)).toBeUndefined()
  })

  it.each([
    ['^(a+)+$', 'repeats inside'],
    ['^((a{1,8}){1,8}){1,8}$', 'repeats inside'],
    ['^(a|a)*$', 'two ways'],
    ['^(a|aa)+$', 'two ways'],
    ['^(abc|ab|c)*$', 'two ways'],
    ['^(\\w|\\d)+$', 'two ways'],
    ['^(é|[à-ü])+$', 'two ways'],
    ['^(.|\\s)*$', 'two ways'],
    ['^(a?){50}a{50}$', 'empty'],
    ['^(a*)*$', 'repeats inside'],
    ['^(|a)+$', 'empty'],
    ['^(.*)(.*)(.*)$', 'three repeats'],
    ['^\\d+\\w+\\d+$', 'three repeats'],
    [`^${'a?'.repeat(60)}$`, 'too many choices'],
    [`^${'(a|a)'.repeat(60)}$`, 'too many choices'],
    [`^${'[a-z]*'.repeat(60)}$`, 'too many choices'],
    ['^a\\b$', 'signs only'],
    ['^\\p{L}$', 'signs only'],
    ['^(a)\\1$', 'back-references'],
    ['^(?<=a)b$', 'look-around'],
    ['^a$|b$', 'group'],
    ['a', 'anchored'],
    ['^[$', 'not a regular expression'],
    [`^${'a'.repeat(400)}$`, 'longer'],
  ])('%s is refused', (pattern, says) => {
    expect(faultOfPattern(pattern)).toContain(says)
  })

  // What is taken is tried with texts made to keep a matcher busy.
  it('that is taken runs quickly on whatever it is given, for any that chance puts together', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647
      return seed % below
    }
    const atoms = ['a', 'b', '[ab]', '[a-c]', '\\w', '.', '-']
    const atom = () => atoms[random(atoms.length)]!
    const piece = (): string => {
      const inner = [atom() + atom(), `${atom()}|${atom()}`, `${atom()}${atom()}|${atom()}`, `${atom()}?${atom()}`]
      return [
        atom(),
        `${atom()}?`,
        `${atom()}+`,
        `(${inner[random(4)]})*`,
        `(${inner[random(4)]}){1,9}`,
        `${atom()}{0,20}`,
      ][random(6)]!
    }
    let taken = 0
    for (let round = 0; round < 3000; round++) {
      const pattern = `^${Array.from({ length: 1 + random(6) }, piece).join('')}$`
      if (faultOfPattern(pattern) !== undefined) continue
      taken++
      const expression = new RegExp(pattern)
      for (const pump of ['a', 'ab', 'abc', 'b', '-', 'aab', 'a-']) {
        const began = performance.now()
        expression.test(`${pump.repeat(600)}!\n`)
        expect(performance.now() - began, pattern).toBeLessThan(250)
      }
    }
    expect(taken).toBeGreaterThan(300)
  })
})
