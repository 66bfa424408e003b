import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHttp } from '../../src/http/http.ts'
import type { Departing } from '../../src/net/dispatch.ts'
import { type Browser, type TestApp, testApp } from '../app.ts'

/** A whole server whose way out ends in this process: what goes to an address of `standing` is led to whoever stands for it. */
export interface LedHouse {
  app: TestApp
  ada: Browser
  url: string
  close(): Promise<void>
}

export async function ledHouse(
  standing: Record<string, RequestListener>,
  environment: Record<string, string> = {},
): Promise<LedHouse> {
  const origins = new Map<string, string>()
  const closing: (() => unknown)[] = []
  for (const [origin, listener] of Object.entries(standing)) {
    const server = createServer(listener)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    origins.set(origin, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
  }
  const app = await testApp({ logLevel: 'error', environment: { CARDEA_ALLOWED_HOSTS: '127.0.0.1', ...environment } })
  const ada = await app.setUp()
  const { dispatch } = app.app
  const led = (departing: Departing): Departing => {
    const origin = origins.get(departing.origin)
    if (origin === undefined && !departing.origin.startsWith('http://127.0.0.1:')) {
      throw new Error(`nothing stands at ${departing.origin}`)
    }
    return origin === undefined ? departing : { ...departing, origin }
  }
  const http = createHttp({
    ...app.app,
    dashboardFolder: app.database.folder,
    dispatch: { ...dispatch, send: (departing, handler) => dispatch.send(led(departing), handler) },
  })
  const { url } = await http.listen('127.0.0.1', 0)
  return {
    app,
    ada,
    url,
    close: async () => {
      for (const close of closing) close()
      await http.close(0)
      await app.close()
    },
  }
}
