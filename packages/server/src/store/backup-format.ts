import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { SealBroken } from '../crypto/seal.ts'
import { openStream } from '../crypto/stream.ts'
import { isProblem, Problem } from '../errors.ts'
import type { Columns, ColumnType } from './tables.ts'

/**
 * A backup: one line of JSON in clear, then gzipped lines of JSON under `crypto/stream`, bound to that first line. Each
 * table is announced with its columns, its rows follow as lists, and the last line counts them all.
 */
export interface BackupHeader {
  format: 'cardea-backup'
  version: 1
  /** The migration that the database had reached. */
  schema: number
  createdAt: number
  /** The master key that sealed the key of this file … */
  masterKeyId: string
  /** … and that key, sealed. */
  wrapped: string
}

export type BackupLine = { table: string; columns: Columns } | { end: Record<string, number> } | Cell[]
export type Cell = string | number | boolean | null

export interface WrappedKey {
  masterKeyId: string
  wrapped: Uint8Array
}

export type WrapKey = (purpose: string, key: Uint8Array) => Promise<WrappedKey>
export type UnwrapKey = (purpose: string, wrapped: WrappedKey) => Promise<Uint8Array>

/** What the key of a backup is sealed for. */
export const BACKUP_PURPOSE = 'backup'

export function toCell(value: unknown): Cell {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Date) return value.toISOString()
  return value as Cell
}

/** The value as this column takes it, whichever database it comes from. */
export function fromCell(cell: Cell, from: ColumnType, to: ColumnType): string | number | boolean | Uint8Array | null {
  if (cell === null) return null
  if (from === 'blob') return Buffer.from(String(cell), 'base64')
  if (to === 'flag') return Boolean(cell)
  return typeof cell === 'boolean' ? Number(cell) : cell
}

const MAX_HEADER_BYTES = 16 * 1024

export interface OpenedBackup {
  header: BackupHeader
  lines: AsyncIterable<BackupLine>
}

export function unreadable(found: string, cause?: unknown): Problem {
  return Object.assign(new Problem('backup.unreadable', { found }), { cause })
}

/** Reads the header at once and the lines as they are asked for. Whatever is wrong with either is `backup.unreadable`. */
export async function openBackup(source: Readable, unwrap: UnwrapKey): Promise<OpenedBackup> {
  const { line, rest } = await firstLine(source)
  const header = readHeader(line)
  const key = await unwrapKey(header, unwrap)
  const opened = openStream(key, line)
  key.fill(0)
  return { header, lines: translated(readLines(content(rest, opened)), header) }
}

async function firstLine(source: Readable): Promise<{ line: Buffer; rest: Readable }> {
  let head = Buffer.alloc(0)
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    head = Buffer.concat([head, chunk as Buffer])
    const end = head.indexOf('\n')
    if (end >= 0) {
      source.unshift(head.subarray(end + 1))
      return { line: head.subarray(0, end), rest: source }
    }
    if (head.byteLength > MAX_HEADER_BYTES) break
  }
  source.destroy()
  throw unreadable('none')
}

function readHeader(line: Buffer): BackupHeader {
  let header: BackupHeader
  try {
    header = JSON.parse(line.toString('utf8'))
  } catch (error) {
    throw unreadable('none', error)
  }
  const { format, version, schema, createdAt, masterKeyId, wrapped } = header ?? {}
  const isOurs =
    format === 'cardea-backup' &&
    version === 1 &&
    Number.isSafeInteger(schema) &&
    Number.isSafeInteger(createdAt) &&
    typeof masterKeyId === 'string' &&
    typeof wrapped === 'string'
  if (!isOurs) throw unreadable('none')
  return header
}

async function unwrapKey({ masterKeyId, wrapped }: BackupHeader, unwrap: UnwrapKey): Promise<Uint8Array> {
  try {
    return await unwrap(BACKUP_PURPOSE, { masterKeyId, wrapped: Buffer.from(wrapped, 'base64') })
  } catch (error) {
    const isWrongKey =
      error instanceof SealBroken || isProblem(error, 'vault.corrupt') || isProblem(error, 'vault.wrong_master_key')
    throw isWrongKey ? unreadable(masterKeyId, error) : error
  }
}

async function* content(source: Readable, opened: Transform): AsyncIterable<Buffer> {
  const plain = createGunzip()
  // What goes wrong on the way destroys the last stream too, and so reaches its reader.
  pipeline(source, opened, plain).catch(() => {})
  yield* plain
}

async function* readLines(chunks: AsyncIterable<Buffer>): AsyncIterable<BackupLine> {
  let parts: Buffer[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield JSON.parse(Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8'))
      parts = []
      from = end + 1
    }
    if (from < chunk.byteLength) parts.push(chunk.subarray(from))
  }
  if (parts.length > 0) throw new SealBroken('the last line is cut')
}

async function* translated<T>(lines: AsyncIterable<T>, { masterKeyId }: BackupHeader): AsyncIterable<T> {
  try {
    // Not yield*: what the reader of the lines does wrong is not the fault of the file.
    for await (const line of lines) yield line
  } catch (error) {
    const { code = '' } = error as { code?: string }
    const isTheFile = error instanceof SealBroken || error instanceof SyntaxError || /^Z_|^ERR_/.test(code)
    throw isTheFile ? unreadable(masterKeyId, error) : error
  }
}
