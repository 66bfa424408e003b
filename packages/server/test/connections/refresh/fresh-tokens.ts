import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A token server for one grant, on a real port: refresh tokens are good for one use, and a used one ends it. */
export interface FreshTokens {
  url: string
  exchanges: number
  /** Used tokens that were presented. */
  used: number
  underWay: number
  /** Milliseconds before each answer. */
  slow: number
  first(): string
  newest(): string
  close(): Promise<void>
}

export async function startFreshTokens({ lifeSeconds }: { lifeSeconds: number }): Promise<FreshTokens> {
  let current = 0
  let isAlive = true
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const presented = new URLSearchParams(Buffer.concat(chunks).toString()).get('refresh_token')
    self.underWay++
    const isNewest = isAlive && presented === `rt-${current}`
    if (isNewest) {
      current++
      self.exchanges++
    } else {
      isAlive = false
      self.used++
    }
    const number = current
    await new Promise((resolve) => setTimeout(resolve, self.slow))
    const tokens = { access_token: `at-${number}`, refresh_token: `rt-${number}`, expires_in: lifeSeconds }
    response.writeHead(isNewest ? 200 : 400, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isNewest ? tokens : { error: 'invalid_grant' }))
    self.underWay--
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: FreshTokens = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges: 0,
    used: 0,
    underWay: 0,
    slow: 0,
    first: () => 'rt-0',
    newest: () => `at-${current}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}
