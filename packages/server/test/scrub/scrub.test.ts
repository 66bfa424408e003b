import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { createScrubber, type Scrubber } from '../../src/scrub/scrub.ts'
import { Secret } from '../../src/secret.ts'

const TOKEN = 'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOHcBrzygy'

function scrubberOf(secrets: Record<string, string>, pairs: [string, string][] = []): Scrubber {
  const held = Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, Secret.of(value)]))
  return createScrubber(held, {
    pairs: pairs.map(([user, password]) => ({ user: Secret.of(user), password: Secret.of(password) })),
  })
}

function scrubbed(scrubber: Scrubber, ...chunks: (string | Uint8Array)[]): string {
  const stream = scrubber.stream()
  const out = chunks.map((chunk) => Buffer.from(stream.push(Buffer.from(chunk as string))))
  return Buffer.concat([...out, Buffer.from(stream.end())]).toString('latin1')
}

const bytesOf = (text: string | Buffer) => [...Buffer.from(text as string)].map((byte) => Buffer.of(byte))
const stars = (count: number) => '*'.repeat(count)
const TYPE_SERVICE = { type: 'service_account', project_id: 'p', client_email: 'robot@example.com' }
/** Bytes without a pattern, the same each time. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

describe('a secret in an answer', () => {
  it('becomes as many stars, and what stands around it stays', () => {
    expect(scrubbed(scrubberOf({ token: TOKEN }), `{"token":"${TOKEN}","ok":true}`)).toBe(
      `{"token":"${stars(TOKEN.length)}","ok":true}`,
    )
  })

  it.each([
    ['addresses', encodeURIComponent('p/w+d=&%?"é wordßß'), 'p/w+d=&%?"é wordßß'],
    ['forms', 'p%2Fw+word+word', 'p/w word word'],
    ['JSON of PHP', 'ab\\/cd\\/efgh', 'ab/cd/efgh'],
    ['JSON of .NET', 'ab\\u002Bcd\\u0026efgh', 'ab+cd&efgh'],
    ['JSON with a character of two halves', 'key-\\ud83d\\ude00-\\uD83D\\uDE00', 'key-😀-😀'],
    ['a script', 'ab\\x2fcd\\u{2f}efgh', 'ab/cd/efgh'],
    ['HTML', 'a&amp;b&lt;c&#39;d&#x2F;e&quot;fgh', `a&b<c'd/e"fgh`],
    ['an address in HTML in JSON', 'a%26b\\u0026amp;c%2526defgh', 'a&b&c&defgh'],
    ['an address of old', '%u0070ass%E9word', 'passéword'],
    ['hexadecimal digits', '70617373576F7264', 'passWord'],
  ])('is found as it is written in %s', (_, written, secret) => {
    expect(scrubbed(scrubberOf({ secret }), `<${written}>`)).toBe(`<${stars(Buffer.byteLength(written))}>`)
    expect(scrubbed(scrubberOf({ secret }), ...bytesOf(`<${written}>`))).toBe(`<${stars(Buffer.byteLength(written))}>`)
  })

  it('is found as one byte a character, as headers carry it', () => {
    const [scrubber, written] = [scrubberOf({ secret: 'pässwörd' }), Buffer.from('<pässwörd>', 'latin1')]
    expect(scrubbed(scrubber, written)).toBe(`<${stars(8)}>`)
  })

  it.each([0, 1, 2, 3])(
    'is found in base64 with %d bytes before it, but for bits that it shares with its neighbours',
    (before) => {
      const plain = `${'u'.repeat(before)}${TOKEN}!`
      for (const encoding of ['base64', 'base64url'] as const) {
        const left = scrubbed(scrubberOf({ token: TOKEN }), Buffer.from(plain).toString(encoding)).replaceAll('*', '')
        expect(left.length).toBeLessThanOrEqual(Math.ceil((before * 4) / 3) + 4)
        expect(left.length).toBeLessThanOrEqual(8)
      }
    },
  )

  it('is found in what a pair makes of it, however short it is', () => {
    const scrubber = scrubberOf({ password: 'pin42' }, [['someone@example.com', 'pin42']])
    const header = Buffer.from('someone@example.com:pin42').toString('base64')
    expect(scrubbed(scrubber, `Basic ${header}`)).toMatch(/^Basic \*{33}\w==$/)
    expect(scrubbed(scrubber, 'https://someone%40example.com:pin42@host/')).toBe(`https://${stars(27)}@host/`)
  })

  it('is found without the word that is sent before it, and without the host that it begins with', () => {
    expect(scrubbed(scrubberOf({ key: `Token ${TOKEN}` }), `["${TOKEN}"]`)).toBe(`["${stars(TOKEN.length)}"]`)
    const url = 'https://hooks.example.com/services/T000/B000/XXXXXXXXXXXXXXXX'
    expect(scrubbed(scrubberOf({ url }), 'POST /services/T000/B000/XXXXXXXXXXXXXXXX')).toBe(`POST /${stars(35)}`)
  })

  it('is found without the blanks that somebody pasted around it', () => {
    expect(scrubbed(scrubberOf({ token: ` ${TOKEN}\r\n` }), `<${TOKEN}>`)).toBe(`<${stars(TOKEN.length)}>`)
  })

  it('is found where two of them overlap, and where one holds the other', () => {
    expect(scrubbed(scrubberOf({ a: 'abcdefghij', b: 'fghijklmno' }), '<abcdefghijklmno>')).toBe(`<${stars(15)}>`)
    const nested = scrubberOf({ inner: 'cdefghijkl', outer: 'abcdefghijklmnop' })
    expect(scrubbed(nested, '<abcdefghijklmnop>', '<abcdefghijklmnoX>')).toBe(`<${stars(16)}><ab${stars(10)}mnoX>`)
  })

  it('is found in a run of what it repeats, of any length', () => {
    expect(scrubbed(scrubberOf({ a: 'aaaaaaaa' }), ...bytesOf(`<${'a'.repeat(29)}>`))).toBe(`<${stars(29)}>`)
    expect(scrubbed(scrubberOf({ a: 'abababab' }), `<${'ab'.repeat(9)}a>`)).toBe(`<${stars(18)}a>`)
  })

  it('holds line breaks, zeros and anything else', () => {
    const secret = 'a\0b\n\u0001c\r\nd\u2028é😀'
    expect(scrubbed(scrubberOf({ secret }), `<${secret}>`)).toBe(`<${stars(Buffer.byteLength(secret))}>`)
    expect(scrubbed(scrubberOf({ secret }), ...bytesOf(JSON.stringify(secret)))).toMatch(/^"\*+"$/)
  })
})

describe('a private key', () => {
  const lines = Array.from({ length: 26 }, (_, at) =>
    noise(48 + at)
      .subarray(-48)
      .toString('base64'),
  )
  const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
  const scrubber = scrubberOf({ privateKey: pem })
  const all = pem.length - 1

  it('is found with either kind of line ends, as it is and as JSON has them', () => {
    expect(scrubbed(scrubber, pem)).toBe(`${stars(all)}\n`)
    expect(scrubbed(scrubber, pem.replaceAll('\n', '\r\n'))).toBe(`${stars(all + 27)}\r\n`)
    expect(scrubbed(scrubber, JSON.stringify({ pem }))).toBe(`{"pem":"${stars(all + 27)}\\n"}`)
    expect(scrubbed(scrubber, JSON.stringify({ pem: pem.replaceAll('\n', '\r\n') }))).toMatch(/^\{"pem":"\*+\\r\\n"\}$/)
    expect(scrubbed(scrubberOf({ privateKey: pem.replaceAll('\n', '\r\n') }), pem)).toBe(`${stars(all)}\n`)
  })

  it('is found as a file of 100 KB, whole, in JSON and in base64, in 10,000 chunks', () => {
    const file = JSON.stringify(
      { ...TYPE_SERVICE, private_key: pem, padding: noise(75_000).toString('base64') },
      null,
      2,
    )
    const large = scrubberOf({ keyFile: file })
    const began = process.hrtime.bigint()
    for (const [written, rest] of [
      [file, 0],
      [JSON.stringify(file), 2],
      [Buffer.from(file).toString('base64'), 4],
      [Buffer.from(file).toString('hex'), 0],
    ] as const) {
      const size = Math.ceil(written.length / 10_000)
      const chunks = Array.from({ length: 10_000 }, (_, at) => written.slice(at * size, (at + 1) * size))
      const out = scrubbed(large, ...chunks)
      expect(out.length).toBe(written.length)
      expect(out.replaceAll('*', '').length).toBeLessThanOrEqual(rest)
    }
    // 600 KB in 40,000 chunks; were each chunk searched from the beginning again, it would be an hour.
    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(5000)
  })
})

describe('what holds no secret', () => {
  const scrubber = scrubberOf({ token: TOKEN, password: 'correct horse' })

  it('is not touched: the very same chunk goes on', () => {
    for (const chunk of [noise(65_536), gzipSync(noise(5000)), Buffer.from('{"a":"\\u4e2d%20&amp;+ \\" é"}')]) {
      const stream = scrubber.stream()
      expect(stream.push(chunk)).toBe(chunk)
      expect(stream.end().byteLength).toBe(0)
    }
  })

  it('keeps the beginning of a secret at the end of the stream', () => {
    expect(scrubbed(scrubber, `<${TOKEN.slice(0, -1)}`)).toBe(`<${TOKEN.slice(0, -1)}`)
    expect(scrubbed(scrubber, 'a\\', 'u00')).toBe('a\\u00')
  })

  it('is not changed where it says less than eight bytes of one, or what is public', () => {
    const short = scrubberOf({ pin: '1234567', clientId: 'app-0123456789' })
    expect(short.tooShort).toEqual(['pin'])
    expect(scrubbed(short, '{"price":1234567,"app":"app-0123456789"}')).toBe('{"price":1234567,"app":"app-0123456789"}')
  })

  it('passes where there is no secret at all', () => {
    expect(scrubbed(scrubberOf({}), 'a\\u00', '%41')).toBe('a\\u00%41')
  })
})

describe('a stream', () => {
  const scrubber = scrubberOf({ token: TOKEN, key: 'sk-or-v1-0123456789abcdef' })
  const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString()

  it('passes each event at once', () => {
    const stream = scrubber.stream()
    for (const event of [
      'data: {"delta":"The"}\n\n',
      ': keep-alive\n\n',
      'data: 1e\n\n',
      'event: x\r\ndata: [DONE]\r\n\r\n',
      '{"a":1}\n',
      'plain eHh\n',
    ]) {
      expect(shown(stream.push(Buffer.from(event)))).toBe(event)
    }
    for (const letter of ['A', 'B', ' ', '"', '}', ',', '.', '!', '\n'])
      expect(shown(stream.push(Buffer.from(letter)))).toBe(letter)
  })

  it('keeps back only what a secret may have begun with, until it turns out not to', () => {
    const stream = scrubber.stream()
    expect(shown(stream.push(Buffer.from('token: xoxb-1')))).toBe('token: ')
    expect(shown(stream.push(Buffer.from('76')))).toBe('')
    expect(shown(stream.push(Buffer.from('8')))).toBe('xoxb-1768')
    expect(shown(stream.push(Buffer.from('a%7')))).toBe('a')
    expect(shown(stream.push(Buffer.from('9')))).toBe('%79')
    expect(shown(stream.push(Buffer.from(`${TOKEN}x`)))).toBe(stars(TOKEN.length))
    expect(shown(stream.end())).toBe('x')
  })

  it('passes what stands before a secret, and the secret as stars as soon as it is whole', () => {
    const stream = scrubber.stream()
    const parts = [...`<${TOKEN}>`].map((letter) => shown(stream.push(Buffer.from(letter))))
    expect(parts).toEqual(['<', ...Array(TOKEN.length - 1).fill(''), stars(TOKEN.length), '>'])
  })

  it('does not write into the chunks it was given, nor into those it gave', () => {
    const stream = scrubber.stream()
    const chunk = Buffer.from(`<${TOKEN}> xox`)
    const first = stream.push(chunk)
    expect(chunk.toString()).toBe(`<${TOKEN}> xox`)
    const second = stream.push(Buffer.from('es '))
    stream.push(Buffer.from('xoxb-xoxb-xoxb-xoxb'))
    stream.end()
    expect([shown(first), shown(second)]).toEqual([`<${stars(TOKEN.length)}> `, 'xoxes '])
  })

  it('lets a line go that ends in the first letters of wrapped base64, and finds the rest all the same', () => {
    const written = `${Buffer.from(TOKEN).toString('base64').slice(0, 2)}\n${Buffer.from(TOKEN).toString('base64').slice(2)}`
    const stream = scrubber.stream()
    expect(shown(stream.push(Buffer.from(written.slice(0, 3))))).toBe(written.slice(0, 3))
    expect(shown(stream.push(Buffer.from(written.slice(3)))).replaceAll('*', '').length).toBeLessThan(3)
    expect(
      scrubbed(scrubber, `<${written}>`).length - scrubbed(scrubber, `<${written}>`).replaceAll('*', '').length,
    ).toBeGreaterThan(70)
  })

  it('does not keep blanks back for ever', () => {
    const stream = scrubber.stream()
    let passed = stream.push(Buffer.from('eG94Yi')).byteLength
    for (let count = 0; count < 100; count++) passed += stream.push(Buffer.from('\n'.repeat(100))).byteLength
    expect(passed).toBeGreaterThan(9000)
  })

  it('is broken off when a search would cost more than any ordinary answer does', () => {
    const stream = scrubberOf({ degenerate: 'a'.repeat(20_000) }).stream()
    const chunk = Buffer.alloc(16_384, 'a')
    let caught: unknown
    try {
      stream.push(chunk)
    } catch (error) {
      caught = error
    }
    expect(isProblem(caught, 'answer.cannot_be_scrubbed')).toBe(true)
    expect(() => stream.push(chunk)).toThrow()
    stream.drop()
  })

  it('reads escapes of escapes in bounded time', () => {
    const secret = '%25\\'.repeat(50)
    const out = scrubbed(scrubberOf({ secret }), '%25'.repeat(3000), '\\'.repeat(9000), '&amp;'.repeat(3000))
    expect(out.length).toBe(9000 + 9000 + 15_000)
  })
})

describe('headers and texts', () => {
  const scrubber = scrubberOf({ token: TOKEN })

  it('come back as they were, in the same array, when they hold no secret', () => {
    const raw = ['Content-Type', 'text/plain', 'Set-Cookie', 'a=b; Path=/', 'X-Latin', 'caf\u00e9']
    expect(scrubber.headers(raw)).toBe(raw)
    expect(scrubber.headers([])).toEqual([])
    expect(scrubber.text('nothing \ud800 here')).toBe('nothing \ud800 here')
  })

  it('are searched one by one, in every value and every name', () => {
    const location = `https://example.com/?t=${encodeURIComponent(TOKEN).replaceAll('-', '%2d')}&n=1`
    expect(
      scrubber.headers([
        'Location',
        location,
        'Set-Cookie',
        'a=b',
        'Set-Cookie',
        `session="${TOKEN}"; Path=/`,
        `x-${TOKEN}`,
        'caf\u00e9',
      ]),
    ).toEqual([
      'Location',
      `https://example.com/?t=${stars(TOKEN.length + 6)}&n=1`,
      'Set-Cookie',
      'a=b',
      'Set-Cookie',
      `session="${stars(TOKEN.length)}"; Path=/`,
      `x-${stars(TOKEN.length)}`,
      'caf\u00e9',
    ])
  })

  it('are found in a text of any length, in any script', () => {
    expect(scrubber.text(`refusé: „${TOKEN}“`)).toBe(`refusé: „${stars(TOKEN.length)}“`)
    expect(scrubber.text(`${'é'.repeat(5000)}${TOKEN}`)).toBe(`${'é'.repeat(5000)}${stars(TOKEN.length)}`)
  })
})

describe('the secrets that a scrubber holds', () => {
  it('cannot be printed', () => {
    const scrubber = scrubberOf({ token: TOKEN })
    const stream = scrubber.stream()
    stream.push(Buffer.from(TOKEN.slice(0, 20)))
    for (const thing of [scrubber, stream, { scrubber, stream }]) {
      const text = `${inspect(thing, { depth: 20, showHidden: true })}${JSON.stringify(thing)}${String(thing)}`
      expect(text).not.toContain('xoxb')
      expect(text).not.toContain('78 6f 78 62')
    }
  })

  it('do not depend on the secrets that it was made from', () => {
    const token = Secret.of(TOKEN)
    const scrubber = createScrubber({ token, none: undefined })
    token.wipe()
    expect(scrubbed(scrubber, TOKEN)).toBe(stars(TOKEN.length))
    expect(scrubbed(scrubber, Buffer.alloc(100))).toBe('\0'.repeat(100))
  })

  it('are wiped when the last stream is over, and no stream begins after that was asked', () => {
    const scrubber = scrubberOf({ token: TOKEN })
    const [first, second] = [scrubber.stream(), scrubber.stream()]
    scrubber.wipe()
    expect(() => scrubber.stream()).toThrow(/wiped/)
    expect(() => scrubber.headers(['a', 'b'])).toThrow(/wiped/)
    expect(() => scrubber.text('a')).toThrow(/wiped/)
    first.drop()
    first.drop()
    expect(Buffer.from(second.push(Buffer.from(TOKEN))).toString()).toBe(stars(TOKEN.length))
    second.end()
    expect(() => second.push(Buffer.from(TOKEN))).toThrow(/over/)
    expect(() => second.end()).toThrow(/over/)
  })
})
