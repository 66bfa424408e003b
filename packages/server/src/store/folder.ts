import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Problem } from '../errors.ts'

/**
 * The data folder: made for its owner alone, and held by one process at a time. The hold is a lock of the operating
 * system, so kill -9 leaves nothing behind to clean up.
 */
export interface DataFolder {
  path: string
  /** Where the embedded database is. */
  database: string
  /** Where the command line reaches a running server. */
  socket: string
  /** What the audit log's newest checkpoint is compared with. */
  auditAnchor: string
  /** Says who holds the folder, for whoever finds it taken. */
  announce(holder: FolderHolder): void
  release(): void
}

export interface FolderHolder {
  pid: number
  address: string
}

export function folderPaths(path: string) {
  return {
    path,
    database: join(path, 'cardea.db'),
    // A socket's path may be a hundred characters at most; Windows has pipes instead of files.
    socket:
      process.platform === 'win32' ? `\\\\.\\pipe\\cardea${path.replace(/[^\w]/g, '-')}` : join(path, 'cardea.sock'),
    auditAnchor: join(path, 'audit-anchor.json'),
    lock: join(path, 'lock'),
    holder: join(path, 'server.json'),
  }
}

export function holdFolder(path: string): DataFolder {
  const paths = folderPaths(path)
  makePrivate(path)
  const lock = new DatabaseSync(paths.lock, { timeout: 0 })
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== 5) throw error
    throw new Problem('server.folder_in_use', { folder: path, holder: describe(paths.holder) })
  }
  return {
    ...paths,
    announce: (holder) => writeFileSync(paths.holder, JSON.stringify(holder), { mode: 0o600 }),
    release: () => {
      rmSync(paths.holder, { force: true })
      lock.close()
    },
  }
}

function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const stat = statSync(path)
    if (!stat.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) chmodSync(path, 0o700)
  } catch (error) {
    const { code = 'EIO' } = error as { code?: string }
    throw new Problem('server.folder_unusable', { folder: path, why: code })
  }
}

function describe(holderFile: string): string {
  try {
    const { pid, address } = JSON.parse(readFileSync(holderFile, 'utf8')) as FolderHolder
    return `process ${pid}, at ${address}`
  } catch {
    // Between taking the lock and announcing itself the holder has not written the file.
    return 'a process that is just starting'
  }
}
