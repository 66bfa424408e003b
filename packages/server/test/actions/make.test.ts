import { describe, expect, it } from 'vitest'
import { emailMessage } from '../../src/actions/email.ts'
import { madeOf } from '../../src/actions/make.ts'

const make = (by: string, value: unknown) =>
  madeOf(
    { does: 'write', title: '', input: {}, make: { made: { by, from: '{given}' } } } as never,
    { given: value } as never,
    {},
  ).made

describe('what is made of an input', () => {
  it.each([
    ['base64', 'Grüße?>', 'R3LDvMOfZT8+'],
    ['base64url', 'Grüße?>', 'R3LDvMOfZT8-'],
    ['epoch_seconds', '2027-03-01T09:00:00.900Z', 1_803_891_600],
    ['epoch_ms', '2027-03-01T10:00:00+01:00', 1_803_891_600_000],
    ['epoch_ms', '2027-03-01T09:00', 1_803_891_600_000],
    ['comma_list', ['a', 'b c'], 'a,b c'],
    [
      'html_paragraphs',
      'one <b>\ntwo\r\n\r\n"three" & four',
      '<p>one &lt;b&gt;<br/>two</p><p>&quot;three&quot; &amp; four</p>',
    ],
    ['mail_recipients', ['a@x.example'], [{ emailAddress: { address: 'a@x.example' } }]],
    [
      'adf_document',
      'one\ntwo\n\nthree',
      {
        type: 'doc',
        version: 1,
        content: [
          {
            type: 'paragraph',
            content: [{ type: 'text', text: 'one' }, { type: 'hardBreak' }, { type: 'text', text: 'two' }],
          },
          { type: 'paragraph', content: [{ type: 'text', text: 'three' }] },
        ],
      },
    ],
  ])('by %s of %j is %j', (by, value, expected) => {
    expect(make(by, value)).toEqual(expected)
  })

  it('is nothing where nothing was given, and no two entries out of one', () => {
    expect(make('comma_list', undefined)).toBeUndefined()
    expect(() => make('comma_list', ['a,b'])).toThrow(expect.objectContaining({ code: 'request.invalid' }))
  })
})

describe('a message', () => {
  const parts = {
    to: ['bob@bücher.example', 'c@x.example'],
    subject: 'Grüße 🦊 und noch viel mehr davon in einer Zeile',
    text: 'Zeile\n.\nfrom here',
  }

  it('is plain ASCII, folds its head, and carries its text whole', () => {
    const text = emailMessage(parts).toString('latin1')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing beyond ASCII is on the wire
    expect(text).toMatch(/^[\x00-\x7f]*$/)
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78)
    const [head = '', body = ''] = text.split('\r\n\r\n')
    expect(head).toContain('To: bob@xn--bcher-kva.example,\r\n c@x.example')
    expect(Buffer.from(body, 'base64').toString()).toBe(parts.text)
    const words = [...head.matchAll(/=\?UTF-8\?B\?([^?]*)\?=/g)].map(([, word]) =>
      Buffer.from(word!, 'base64').toString(),
    )
    expect(words.join('')).toBe(parts.subject)
  })

  it.each([
    { subject: 'Hi\r\nBcc: eve@example.test' },
    { subject: 'Hi\nX: y' },
    { subject: 'Hi\0' },
    { subject: 'x'.repeat(1001) },
    { to: ['bö b@x.example'] },
    { to: ['bob@x.example\r\nBcc: eve'] },
  ])('refuses %j', (change) => {
    expect(() => emailMessage({ ...parts, ...change })).toThrow(expect.objectContaining({ code: 'request.invalid' }))
  })

  it('has no header that was not given', () => {
    expect(emailMessage({ to: 'a@x.example', subject: '=?UTF-8?B?SGk=?=', text: '' }).toString()).toBe(
      'To: a@x.example\r\nSubject: =?UTF-8?B?PT9VVEYtOD9CP1NHaz0/PQ==?=\r\nMIME-Version: 1.0\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n',
    )
  })
})
