import { createServer } from 'node:http'
import { type AddressInfo, createServer as createListener, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { deadline } from '../../../src/clock.ts'
import { Problem } from '../../../src/errors.ts'
import { createGuard } from '../../../src/net/guard.ts'
import { createSend } from '../../../src/net/send.ts'

/** What a renewal has to know of the line: the last instant at which it can still be called off, and whether anything has left. */
const closing: { close(): unknown }[] = []
afterEach(() => {
  for (const server of closing.splice(0)) server.close()
})

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
}
const send = createSend(createGuard({ allowed: ['127.0.0.1'] }), { connectMilliseconds: 300, totalMilliseconds: 600 })
const post = (url: string, atLast?: () => void) =>
  send({ method: 'POST', url, headers: {}, body: 'refresh_token=rt' }, atLast ? { atLast } : {})

describe('a request that must not be sent twice', () => {
  it('is called off at the last instant, when the line stands already: not a byte has left', async () => {
    let bytes = 0
    let lines = 0
    const url = await listening(
      createListener((socket) => {
        lines++
        socket.on('data', (chunk) => {
          bytes += chunk.length
        })
        socket.on('error', () => undefined)
      }),
    )
    const refusal = post(url, () => {
      throw new Problem('connection.not_owned')
    })
    await expect(refusal).rejects.toMatchObject({ code: 'connection.not_owned' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect({ lines, bytes }).toEqual({ lines: 1, bytes: 0 })
  })

  it('is asked about once, before it is sent', async () => {
    const order: string[] = []
    const url = await listening(
      createServer((_request, response) => {
        order.push('received')
        response.end('{}')
      }),
    )
    await post(url, () => order.push('asked'))
    expect(order).toEqual(['asked', 'received'])
  })

  it('says that nothing was sent when no line was made, and does not when one was', async () => {
    const gone = await listening(createServer())
    closing.splice(0).forEach((server) => {
      server.close()
    })
    await expect(post(gone)).rejects.toMatchObject({ code: 'net.failed', values: { kind: 'connect', sent: false } })
    const silent = await listening(createListener((socket) => socket.on('error', () => undefined).resume()))
    const late = (await post(silent).catch((error: unknown) => error)) as Problem
    expect(late).toMatchObject({ code: 'net.failed', values: { kind: 'timeout' } })
    expect(late.values.sent).toBeUndefined()
    const broken = await listening(createListener((socket) => socket.once('data', () => socket.resetAndDestroy())))
    const reset = (await post(broken).catch((error: unknown) => error)) as Problem
    expect(reset).toMatchObject({ code: 'net.failed', values: { kind: 'reset' } })
    expect(reset.values.sent).toBeUndefined()
  })
})

describe('a time limit', () => {
  it('is kept', async () => {
    const began = performance.now()
    const signal = deadline(200)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    expect(performance.now() - began).toBeGreaterThanOrEqual(190)
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('does not count how long the process stood still', async () => {
    const signal = deadline(400)
    const until = performance.now() + 600
    // Nothing of this process goes on, as when it is stopped.
    while (performance.now() < until) {}
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(signal.aborted).toBe(false)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
})
