import { inspect } from 'node:util'
import { Secret } from '../secret.ts'

/** Data goes to stdout, talk to stderr; colour only on a terminal that did not decline it. */
export interface Output {
  /** One line of data. */
  data(line: string): void
  /** A value for scripts (--json). */
  json(value: unknown): void
  table(rows: readonly (readonly string[])[], heading?: readonly string[]): void
  /** A line to the person. */
  say(line: string): void
  /** Progress that replaces itself on a terminal, and is silent elsewhere. */
  progress(line: string): void
  error(message: string, hint?: string): void
  bold(text: string): string
  dim(text: string): string
}

export interface Stream {
  write(text: string): unknown
  isTTY?: boolean
}

export function createOutput(stdout: Stream, stderr: Stream, colour: boolean): Output {
  let progressShown = false
  const clear = () => {
    if (progressShown) stderr.write('\r\x1b[2K')
    progressShown = false
  }
  const paint = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)
  return {
    data: (line) => {
      clear()
      stdout.write(`${printable(line)}\n`)
    },
    json: (value) => {
      clear()
      stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    table: (rows, heading) => {
      clear()
      const all = heading ? [heading, ...rows] : rows
      const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
      for (const row of all) {
        const line = row.map((cell, column) => printable(cell).padEnd(widths[column]!)).join('  ')
        stdout.write(`${row === heading ? paint(2, line.trimEnd()) : line.trimEnd()}\n`)
      }
    },
    say: (line) => {
      clear()
      stderr.write(`${printable(line)}\n`)
    },
    progress: (line) => {
      if (!stderr.isTTY) return
      clear()
      stderr.write(printable(line))
      progressShown = true
    },
    error: (message, hint) => {
      clear()
      stderr.write(`${paint(31, 'cardea:')} ${printable(message)}\n`)
      if (hint) stderr.write(`  hint: ${printable(hint)}\n`)
    },
    bold: (text) => paint(1, text),
    dim: (text) => paint(2, text),
  }
}

/** Text from elsewhere cannot move the cursor, change the title or hide what stands before it. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a terminal obeys.
  return text.replace(/\x1b(?!\[\d+m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

/** For the end of everything: what is said of an error that nobody expected. */
export function describeFault(error: unknown): string {
  if (error instanceof Secret) return '[secret]'
  return error instanceof Error ? error.message : inspect(error)
}
