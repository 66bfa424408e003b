import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'

/**
 * Writes a file that is there whole or not at all, for its owner alone: what is cut short by a crash never bears the
 * name, and what the name stood for before stays until the new file is on disk.
 */
export async function writeAtomically(file: string, write: (out: Writable) => Promise<void>): Promise<void> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}.part`
  const handle = await open(unfinished, 'wx', 0o600)
  try {
    // Its end syncs and closes the file: a handle that a stream has been made of cannot be closed before the stream is.
    const out = handle.createWriteStream({ flush: true })
    await write(out)
    if (!out.closed) await finished(out.end())
    await rename(unfinished, file)
  } catch (error) {
    await handle.close()
    await rm(unfinished, { force: true })
    throw error
  }
  await syncFolder(dirname(file))
}

/** The new name itself is on disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and keeps names in a journal.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
