import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { readBytes, readForm, readJson, readPairs } from '../../src/http/body.ts'
import { parseJson } from '../../src/http/json.ts'

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  return 'nothing'
}

describe('JSON at the door', () => {
  it('reads whatever JSON.stringify writes, and reads it the same', () => {
    const poisoned = (text: string) => /"(__proto__|constructor|prototype)":/.test(text)
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!poisoned(text) && !text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text))
        let expected: unknown
        try {
          expected = parseJson(text)
        } catch (error) {
          // fast-check may write a name twice, with and without escapes.
          expect(isProblem(error, 'request.invalid')).toBe(true)
          return
        }
        expect(expected).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses, and never throws anything but a problem at, any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(['nothing', 'request.not_json', 'request.invalid']).toContain(refusal(() => parseJson(text)))
      }),
    )
  })

  it.each([
    ['a name given twice', '{"role":"viewer","role":"admin"}'],
    ['a name given twice, once escaped', '{"role":"viewer","r\\u006fle":"admin"}'],
    ['a name given twice further down', '{"a":[{"b":1,"c":{"b":2},"b":3}]}'],
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['__proto__ in disguise', '{"__pr\\u006fto__":{"admin":true}}'],
    ['constructor', '{"a":{"constructor":{}}}'],
    ['NUL in a value', '{"name":"a\\u0000b"}'],
    ['NUL in a name', '{"a\\u0000":1}'],
    ['half a surrogate pair', '{"name":"\\ud800"}'],
    ['deep nesting', '['.repeat(100_000)],
    ['deep nesting of objects', '{"a":'.repeat(5000)],
  ])('refuses %s', (_, text) => {
    expect(refusal(() => parseJson(text))).toBe('request.invalid')
  })

  it.each(['', '{', '{"a":1}}', "{'a':1}", '{"a":NaN}', '"\\x"', '{"a":1,}', '{a:1}'])('calls %j no JSON', (text) => {
    expect(refusal(() => parseJson(text))).toBe('request.not_json')
  })

  it('takes the same name in different objects, escapes and an emoji', () => {
    expect(parseJson('[{"a":"\\\\"},{"a":"\\"{,"},{"a":"\\ud83d\\ude00"}]')).toEqual([
      { a: '\\' },
      { a: '"{,' },
      { a: '😀' },
    ])
  })
})

describe('bodies', () => {
  const chunked = (size: number, count: number) =>
    new Request('http://x/', {
      method: 'POST',
      duplex: 'half',
      body: new ReadableStream({
        pull: (controller) => {
          if (count-- > 0) controller.enqueue(new Uint8Array(size))
          else controller.close()
        },
      }),
    } as RequestInit)

  it('are read to the limit and not a byte further, however their length is announced', async () => {
    expect((await readBytes(chunked(10, 10), 100)).byteLength).toBe(100)
    await expect(readBytes(chunked(10, 11), 100)).rejects.toMatchObject({ code: 'request.too_large' })
    await expect(readBytes(chunked(1000, 1e9), 100_000)).rejects.toMatchObject({ code: 'request.too_large' })
    const announced = new Request('http://x/', { method: 'POST', body: 'a', headers: { 'content-length': '101' } })
    await expect(readBytes(announced, 100)).rejects.toMatchObject({ code: 'request.too_large' })
  })

  it('must say that they are JSON, in UTF-8', () => {
    const json = Buffer.from('{"a":1}')
    expect(readJson(json, 'application/json')).toEqual({ a: 1 })
    expect(readJson(json, 'Application/JSON; charset=UTF-8')).toEqual({ a: 1 })
    for (const type of [null, 'text/plain', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded']) {
      expect(refusal(() => readJson(json, type))).toBe('request.wrong_type')
    }
    expect(refusal(() => readJson(Buffer.from([0x22, 0xff, 0x22]), 'application/json'))).toBe('request.not_json')
  })

  it('as forms give each name once', () => {
    const form = 'application/x-www-form-urlencoded'
    expect(readForm(Buffer.from('a=1&b=%C3%A9'), form)).toEqual(Object.assign(Object.create(null), { a: '1', b: 'é' }))
    expect(refusal(() => readForm(Buffer.from('a=1&a=2'), form))).toBe('request.invalid')
    expect(refusal(() => readPairs(new URLSearchParams('a=%00')))).toBe('request.invalid')
    expect(readPairs(new URLSearchParams('__proto__=1'))).not.toHaveProperty('polluted')
  })
})
