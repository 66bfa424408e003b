import { readFile, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Misuse } from './command.ts'

/** Secrets come from a prompt that shows nothing, from stdin or from a file: never as an argument, which every process on the machine can read. */
const MOST_BYTES = 65_536

export async function secretFromFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw new Misuse(`there is no file ${path}`)
  if (found.size > MOST_BYTES) throw new Misuse(`${path} is larger than 64 KiB`)
  return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
}

export async function secretFromStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Misuse('stdin holds more than 64 KiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

export function canAsk(): boolean {
  return Boolean(process.stdin.isTTY)
}

export async function askSecret(label: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  process.stderr.write(`${label} (not shown): `)
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
