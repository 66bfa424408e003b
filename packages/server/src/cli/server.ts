import { readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { type App, type AppOptions, createApp } from '../app.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { Problem } from '../errors.ts'
import { createHttp } from '../http/http.ts'
import { createLogger, type LogLevel } from '../log.ts'
import { harden } from './harden.ts'

/** A whole server: its rooms, its door, and the owner-only socket beside it. */
export interface RunningServer {
  app: App
  address: string
  handleAsOperator(request: Request): Promise<Response>
  close(): Promise<void>
}

export async function startServer(config: Config, { listen }: { listen: boolean }): Promise<RunningServer> {
  // A command that runs by itself is over before anybody could sign in anywhere.
  const options = appOptions(listen ? config : { ...config, sandbox: '0' }, listen ? config.logLevel : 'error')
  harden(options.log)
  let address = options.publicUrl()
  const app = await createApp({ ...options, publicUrl: () => address })
  const http = createHttp({ ...app, dashboardFolder: join(import.meta.dirname, '../../../dashboard/dist') })
  const handleAsOperator = (request: Request) => http.handle(request, { actor: { kind: 'operator' } })
  try {
    if (!listen) return { app, address, handleAsOperator, close: () => app.close() }
    const listening = await http.listen(config.host, config.port).catch((error: NodeJS.ErrnoException) => {
      throw new Problem('server.port_taken', { address, why: error.code ?? 'unknown' })
    })
    address = listening.url
    const socket = await openSocket(app.folder.socket, http.requestListener({ kind: 'operator' }))
    app.folder.announce({ pid: process.pid, address })
    const close = async () => {
      socket.close()
      app.events.endStreams()
      await http.close(config.drainSeconds)
      await app.close()
    }
    return { app, address, handleAsOperator, close }
  } catch (error) {
    await app.close()
    throw error
  }
}

export function appOptions(config: Config, level: LogLevel): AppOptions {
  const json = config.logFormat === 'json' || (config.logFormat === 'auto' && !process.stderr.isTTY)
  const log = createLogger({
    level,
    format: json ? 'json' : 'text',
    clock: systemClock,
    write: (line) => process.stderr.write(line),
  })
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const publicUrl = () => `http://${host}:${config.port}`
  return { config, clock: systemClock, log, version: version(), publicUrl }
}

/** The socket is made for its owner alone: whoever can open it could read the data folder as well. */
async function openSocket(path: string, listener: Parameters<typeof createServer>[1]): Promise<Server> {
  // Whoever holds the folder's lock is alone: a socket that is there was left by a killed server.
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const server = createServer(listener as never)
  const before = process.platform === 'win32' ? undefined : process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    if (before !== undefined) process.umask(before)
  }
  return server
}

function version(): string {
  const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
