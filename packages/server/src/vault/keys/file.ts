import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '../../errors.ts'
import type { KeyringPlace } from './keyring.ts'

const MAX_BYTES = 64 * 1024
const OTHERS = 0o077

/** A keyring in a file that its owner alone may read, and that is there whole or not at all. */
export function keyFile(path: string, options: { warning?: string; madeByOperator?: boolean } = {}): KeyringPlace {
  const unusable = (why: string) => new Problem('vault.key_file_unusable', { path, why })
  const translated = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException
      if (!code || !syscall) throw error
      throw unusable(`cannot be used (${syscall}: ${code})`)
    }
  }
  return {
    source: `the key file ${path}`,
    ...(options.warning ? { warning: options.warning } : {}),
    unusable,
    read: () => translated(() => read(path, unusable)),
    create: (text) =>
      translated(async () => {
        if (options.madeByOperator) {
          throw unusable(`does not exist; make it with: (umask 077; openssl rand -base64 32 > '${path}')`)
        }
        // By a name of its own, and linked: of two servers that start together, one makes the key and both use it.
        const fresh = `${path}.${randomBytes(6).toString('hex')}`
        await writeDurably(fresh, text)
        try {
          await link(fresh, path)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        } finally {
          await rm(fresh, { force: true })
        }
        await syncFolder(path)
      }),
    changeable: async () => {
      try {
        await access(path, constants.W_OK)
        await access(dirname(path), constants.W_OK)
        return true
      } catch (error) {
        if (!(error as NodeJS.ErrnoException).code) throw error
        return false
      }
    },
    replace: (text) =>
      translated(async () => {
        // Always the same name: whatever an interrupted attempt left is overwritten by the next.
        const next = join(`${path}.next`)
        await writeDurably(next, text)
        await rename(next, path)
        await syncFolder(path)
      }),
  }
}

async function read(path: string, unusable: (why: string) => Problem): Promise<Buffer | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    // Of the opened file, not of the path, which may lead elsewhere a moment later.
    const stat = await file.stat()
    if (!stat.isFile()) throw unusable('is not a file')
    if (stat.size > MAX_BYTES) throw unusable('is too large to be a key file')
    if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0')
      throw unusable(`can be read by others than its owner (mode ${mode}); run: chmod 600 '${path}'`)
    }
    const text = Buffer.allocUnsafeSlow(stat.size)
    const { bytesRead } = await file.read(text, 0, stat.size, 0)
    return text.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function writeDurably(path: string, text: Buffer): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The file's name is durable only when the folder is. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
