import { request } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { type Client, createClient } from '@cardea/sdk'
import type { Config } from '../config/config.ts'

/**
 * How the command line acts on this machine's Cardea: as its operator, through the owner-only socket of a running
 * server, or, when none runs, by opening the data folder itself. Both speak the same API, and both are audited.
 */
export interface Local {
  client: Client
  close(): Promise<void>
}

export async function openLocal(config: Config, workspace?: string): Promise<Local> {
  const { folderPaths } = await import('../store/folder.ts')
  const { socket } = folderPaths(config.dataDir)
  const base = { url: 'http://localhost', timeoutSeconds: 300, ...(workspace ? { workspace } : {}) }
  if (await answers(socket)) {
    return { client: createClient({ ...base, fetch: socketFetch(socket) }), close: async () => {} }
  }
  const { startServer } = await import('./server.ts')
  const server = await startServer(config, { listen: false })
  return {
    client: createClient({ ...base, fetch: (input, init) => server.handleAsOperator(new Request(input, init)) }),
    close: () => server.close(),
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}

/** The fetch of the platform cannot speak to a socket in the file system; node:http can. */
function socketFetch(socketPath: string): typeof fetch {
  return async (input, init) => {
    const wanted = new Request(input, init)
    const body = wanted.body ? Buffer.from(await wanted.arrayBuffer()) : undefined
    return new Promise<Response>((resolve, reject) => {
      const { pathname, search } = new URL(wanted.url)
      const headers = {
        ...Object.fromEntries(wanted.headers),
        ...(body ? { 'content-length': String(body.length) } : {}),
      }
      const outgoing = request({ socketPath, path: pathname + search, method: wanted.method, headers }, (answer) => {
        const status = answer.statusCode ?? 500
        const hasBody = status !== 204 && status !== 304
        const answerHeaders = new Headers()
        for (const [name, value] of Object.entries(answer.headers)) answerHeaders.set(name, String(value))
        resolve(
          new Response(hasBody ? (Readable.toWeb(answer) as ReadableStream) : null, { status, headers: answerHeaders }),
        )
        if (!hasBody) answer.resume()
      })
      wanted.signal.addEventListener('abort', () => outgoing.destroy(wanted.signal.reason as Error), { once: true })
      outgoing.once('error', reject)
      outgoing.end(body)
    })
  }
}
