import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Client, createClient } from '@cardea/sdk'
import type { TestDatabase } from './database.ts'

/** A real server in a process of its own, to be stopped, killed and looked at from outside. */
export interface ServerProcess {
  url: string
  /** The first-run token, while there is no administrator. */
  setupToken: string | undefined
  child: ChildProcess
  /** Everything that it has printed. */
  output(): string
  /** SIGTERM, and the exit status. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
}

const cli = join(import.meta.dirname, '../bin/cli.js')

export function environmentFor(
  database: Pick<TestDatabase, 'folder' | 'url'>,
  extra: Record<string, string> = {},
): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...rest } = process.env
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('CARDEA_')))
  return {
    ...own,
    CARDEA_DATA_DIR: join(database.folder, 'data'),
    CARDEA_PORT: '0',
    CARDEA_KEYCHAIN: 'off',
    ...(database.url ? { DATABASE_URL: database.url } : {}),
    ...extra,
  }
}

export async function startProcess(database: TestDatabase, extra: Record<string, string> = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, [cli, 'serve'], {
    env: environmentFor(database, extra),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      text += chunk
      if (/vault {4}.*\n(?!\n?There is no administrator yet[^#]*$)/.test(text)) setTimeout(resolve, 50)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', () => reject(new Error(`the server ended: ${text}`)))
  })
  await ready
  const url = /address {2}(\S+)/.exec(text)![1]!
  const exited = () => (child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit'))
  return {
    url,
    setupToken: /#token=(\S+)/.exec(text)?.[1],
    child,
    output: () => text,
    stop: async () => {
      child.kill('SIGTERM')
      await exited()
      return child.exitCode
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited()
    },
  }
}

/** Runs a command of the command line to its end. */
export async function runCli(
  words: readonly string[],
  database: Pick<TestDatabase, 'folder' | 'url'>,
  extra: Record<string, string> = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [cli, ...words], {
    env: environmentFor(database, extra),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  await once(child, 'close')
  return { status: child.exitCode, stdout, stderr }
}

export const ADMIN = {
  name: 'Ada Admin',
  email: 'ada@example.com',
  password: 'a long enough password',
  workspace: 'Example',
}

/** Completes the first run, makes an administrator's API key, and gives a client that uses it. */
export async function setUp(
  server: Pick<ServerProcess, 'url' | 'setupToken'>,
): Promise<{ client: Client; key: string; cookie: string; workspaceId: string }> {
  let cookie = ''
  const remember: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('origin', server.url)
    if (cookie) headers.set('cookie', cookie)
    const answer = await fetch(input, { ...init, headers })
    const set = answer.headers.getSetCookie().map((line) => line.split(';')[0])
    if (set.length > 0) cookie = set.join('; ')
    return answer
  }
  const browser = createClient({ url: server.url, fetch: remember })
  const { workspaceId } = await browser.setup.complete({ token: server.setupToken!, ...ADMIN })
  const { token: key } = await browser.keys.create({ name: 'tests', role: 'admin' })
  return { client: createClient({ url: server.url, apiKey: key }), key, cookie, workspaceId }
}
