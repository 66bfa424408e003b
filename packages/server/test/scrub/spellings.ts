import fc from 'fast-check'

/** How a secret may be written in an answer. `from` and `to`: the part of `bytes` that says it, the rest being what shares a symbol with it. */
export interface Written {
  how: string
  bytes: Buffer
  from: number
  to: number
}

/** Decides, character by character, how it is written. */
export type Pick = (choices: number) => number

/** `strictly`: what it escapes with is never left as it is, so that what was escaped before can be read again. */
type Writer = (secret: string, pick: Pick, strictly?: boolean) => Buffer

const hex = (value: number, digits: number, pick: Pick) => {
  const text = value.toString(16).padStart(digits, '0')
  return pick(2) ? text.toUpperCase() : text
}

const percent: Writer = (text, pick, strictly) =>
  Buffer.from(
    [...Buffer.from(text)].flatMap((byte) =>
      (strictly && (byte === 0x25 || byte >= 0x80)) || pick(2) ? [...Buffer.from(`%${hex(byte, 2, pick)}`)] : [byte],
    ),
  )

const SHORT: Record<string, string> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
}

const json: Writer = (text, pick, strictly) =>
  Buffer.from(
    [...text]
      .map((character) => {
        const way = pick(3)
        if (way === 0 && !(strictly && character === '\\')) return character
        if (way === 1 && SHORT[character]) return SHORT[character]
        return [...Array(character.length).keys()].map((at) => `\\u${hex(character.charCodeAt(at), 4, pick)}`).join('')
      })
      .join(''),
  )

const script = (text: string, pick: Pick) =>
  Buffer.from(
    [...text]
      .map((character) => {
        const point = character.codePointAt(0)!
        if (pick(2)) return character
        return point < 256 && pick(2) ? `\\x${hex(point, 2, pick)}` : `\\u{${hex(point, 1 + pick(5), pick)}}`
      })
      .join(''),
  )

const NAMED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

const html: Writer = (text, pick, strictly) =>
  Buffer.from(
    [...text]
      .map((character) => {
        const way = pick(4)
        if (way === 0 && !(strictly && character === '&')) return character
        if (way === 1 && NAMED[character]) return NAMED[character]
        const point = character.codePointAt(0)!
        return way === 2
          ? `&#${String(point).padStart(1 + pick(6), '0')};`
          : `&#${pick(2) ? 'x' : 'X'}${hex(point, 1 + pick(6), pick)};`
      })
      .join(''),
  )

const form = (text: string) => Buffer.from(new URLSearchParams({ s: text }).toString().slice(2))

const everyWay = (text: string, pick: Pick) =>
  Buffer.concat(
    [...text].map((character) =>
      [percent, json, html, script, (plain: string) => Buffer.from(plain)][pick(5)]!(character, pick),
    ),
  )

const twice =
  (inner: Writer, outer: Writer): Writer =>
  (text, pick) =>
    outer(inner(text, pick, true).toString(), pick, true)

const hexadecimal: Writer = (text, pick) =>
  Buffer.from([...Buffer.from(text)].map((byte) => hex(byte, 2, pick)).join(''))

export const writers: Record<string, Writer> = {
  plain: (text) => Buffer.from(text),
  percent,
  'percent, all': (text, pick) => Buffer.from([...Buffer.from(text)].map((byte) => `%${hex(byte, 2, pick)}`).join('')),
  encodeURIComponent: (text) => Buffer.from(encodeURIComponent(text)),
  form,
  json,
  'JSON.stringify': (text) => Buffer.from(JSON.stringify(text).slice(1, -1)),
  'JSON in JSON': (text) => Buffer.from(JSON.stringify(JSON.stringify(text)).slice(3, -3)),
  script,
  html,
  'every way': everyWay,
  'JSON twice': twice(json, json),
  'percent twice': twice(percent, percent),
  'HTML in JSON': twice(html, json),
  'percent in HTML': twice(percent, html),
  hexadecimal,
}

/** Base64 of the secret among other bytes, at any alignment, in either alphabet, with padding or without, wrapped or not, escaped or not. */
export function base64(secret: string, pick: Pick): Written {
  const before = pick(4)
  const value = Buffer.from(secret)
  const whole = Buffer.concat([Buffer.alloc(before, pick(256)), value, Buffer.alloc(pick(4), pick(256))])
  const url = pick(2) === 1
  let text = whole.toString(url ? 'base64url' : 'base64')
  if (!url && pick(2)) text = text.replace(/=+$/, '')
  const first = Math.ceil((before * 8) / 6)
  const last = Math.floor(((before + value.length) * 8) / 6)
  let [head, body, tail] = [text.slice(0, first), text.slice(first, last), text.slice(last)]
  const wrap = pick(5)
  if (wrap === 1) {
    const width = [64, 76, 4][pick(3)]!
    const lineEnd = ['\n', '\r\n', '\\n', '\n    ', '%0A'][pick(5)]!
    const skew = pick(width)
    body = [...body].map((symbol, at) => (at > 0 && (at + skew) % width === 0 ? lineEnd + symbol : symbol)).join('')
  } else if (wrap === 2) {
    ;[head, body, tail] = [head, body, tail].map((part) => encodeURIComponent(part)) as [string, string, string]
  } else if (wrap === 3) {
    ;[head, body, tail] = [head, body, tail].map((part) => part.replaceAll('/', '\\/').replaceAll('+', '\\u002B')) as [
      string,
      string,
      string,
    ]
  }
  return {
    how: `base64 at ${before}, ${url ? 'url' : 'standard'}, wrapped ${wrap}`,
    bytes: Buffer.from(head + body + tail),
    from: head.length,
    to: head.length + body.length,
  }
}

export function written(secret: string, how: string, pick: Pick): Written {
  if (how === 'base64') return base64(secret, pick)
  const bytes = writers[how]!(secret, pick)
  return { how, bytes, from: 0, to: bytes.length }
}

export const hows = [...Object.keys(writers), ...Array(8).fill('base64')]

/** A number for each choice, from a list that fast-check can make smaller; then zeros. */
export function picker(choices: readonly number[]): Pick {
  let at = 0
  return (count) => (choices.length === 0 ? 0 : choices[at++ % choices.length]! % count)
}

const TOKEN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const of = (alphabet: string, minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength, maxLength }).map((characters) => characters.join(''))

export const secretText: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 4, arbitrary: of(TOKEN, 8, 60) },
    { weight: 2, arbitrary: of(`${TOKEN}+/=~.:$!`, 8, 60) },
    { weight: 3, arbitrary: of('ab%&\\+"\'<>/; #u0041xn\n\r\0', 8, 30) },
    { weight: 1, arbitrary: of('a', 8, 40) },
    { weight: 1, arbitrary: of('%25\\u0&amp;', 8, 30) },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 }) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 8, maxLength: 30 }) },
    { weight: 1, arbitrary: of('AB\n', 100, 400) },
  )
  .map((text) => text.toWellFormed().replaceAll('\r\n', '\n').trim())
  .filter((text) => Buffer.byteLength(text) >= 8 && !/^\s|\s$|^https:\/\/|^[^ ]+ [^ ]{16,}$/.test(text))

export function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...places, bytes.length].map((place, index) => bytes.subarray(index === 0 ? 0 : places[index - 1]!, place))
}
