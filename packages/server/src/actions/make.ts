import type { Action, Encoder, Json, Make } from '@cardea/catalog'
import { emailMessage } from './email.ts'
import { filledValue, type Known, known, textOf } from './fill.ts'
import { type Given, invalidInput } from './input.ts'

/** What the wire wants instead of what a person wrote, by a closed set of encoders. What is made of nothing is absent. */
export function madeOf({ make = {} }: Action, input: Given, open: Readonly<Record<string, string | undefined>>): Given {
  const values = known({}, input, open)
  const made: Record<string, Json | undefined> = Object.create(null)
  for (const [name, words] of Object.entries(make)) made[name] = makeOne(name, words, values)
  return made
}

function makeOne(name: string, words: Make, values: Known): Json | undefined {
  if (typeof words.from === 'object') {
    const parts = Object.entries(words.from).map(([part, template]) => [part, filledValue(template, values)] as const)
    return emailMessage(Object.fromEntries(parts)).toString(words.by === 'email_base64' ? 'base64' : 'base64url')
  }
  const value = filledValue(words.from, values)
  return value === undefined ? undefined : encoders[words.by as Encoder](value, name)
}

const encoders: Record<Encoder, (value: Json, name: string) => Json> = {
  base64: (value) => Buffer.from(textOf(value), 'utf8').toString('base64'),
  base64url: (value) => Buffer.from(textOf(value), 'utf8').toString('base64url'),
  epoch_seconds: (value) => Math.floor(instantOf(value) / 1000),
  epoch_ms: instantOf,
  comma_list: (value, name) => {
    const entries = ([value].flat() as Json[]).map(textOf)
    // One entry would be taken for two.
    if (entries.some((entry) => entry.includes(','))) throw invalidInput(name, 'has an entry with a comma in it')
    return entries.join(',')
  },
  html_paragraphs: (value) =>
    paragraphsOf(value)
      .map((lines) => `<p>${lines.map(escaped).join('<br/>')}</p>`)
      .join(''),
  adf_document: (value) => ({
    type: 'doc',
    version: 1,
    content: paragraphsOf(value).map((lines) => ({ type: 'paragraph', content: lines.flatMap(adfLine) })),
  }),
  mail_recipients: (value) =>
    ([value].flat() as Json[]).map((address) => ({ emailAddress: { address: textOf(address) } })),
}

/** Without a zone it is UTC: the zone of whoever runs the server means nothing to a caller. */
function instantOf(value: Json): number {
  const text = textOf(value)
  return Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`)
}

/** Divided by empty lines, each into its lines. */
function paragraphsOf(value: Json): string[][] {
  return textOf(value)
    .replaceAll(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.split('\n'))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function adfLine(text: string, at: number): Json[] {
  // An empty text is none in this document.
  const line = text === '' ? [] : [{ type: 'text', text }]
  return at === 0 ? line : [{ type: 'hardBreak' }, ...line]
}
