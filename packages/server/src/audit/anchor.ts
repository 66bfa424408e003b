import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { writeAtomically } from '../store/atomic-file.ts'

/**
 * The newest checkpoint, kept outside the database. Somebody who puts back an older copy of the whole database leaves
 * nothing in it that contradicts itself; the anchor does.
 */
export interface Anchor {
  seq: number
  /** The checkpoint's MAC in hexadecimal. */
  mac: string
}

/** Undefined where there is none. Throws where there is something else. */
export function readAnchor(file: string): Anchor | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
  const { seq, mac } = JSON.parse(text) as Partial<Anchor>
  if (!Number.isSafeInteger(seq) || !/^[0-9a-f]{64}$/.test(mac ?? '')) throw new SyntaxError('this is no anchor')
  return { seq: seq!, mac: mac! }
}

export async function writeAnchor(file: string, { seq, mac }: Anchor): Promise<void> {
  await writeAtomically(file, (out) => pipeline([`${JSON.stringify({ seq, mac })}\n`], out))
}

/** After a restore: what the anchor knew of is gone on purpose. The next checkpoint makes a new one. */
export async function removeAnchor(file: string): Promise<void> {
  await rm(file, { force: true })
}
