import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createGuard } from '../../src/net/guard.ts'
import { createSend, type SendLimits } from '../../src/net/send.ts'
import { openReceiver, openSocketServer } from './receiver.ts'

const sender = (limits: Partial<SendLimits> = {}) => createSend(createGuard({ allowed: ['127.0.0.1'] }), limits)
const get = (url: string) => ({ method: 'GET', url, headers: {} })

const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'no failure'
  } catch (error) {
    const { code, values = {} } = error as { code: string; values?: { kind?: string } }
    return values.kind ? `${code} ${values.kind}` : code
  }
}

describe('a request to an address that somebody else chose', () => {
  it('carries method, headers and body, and brings back status, headers and body', async () => {
    const receiver = await openReceiver()
    receiver.answer = (_request, response) => response.writeHead(202, { 'x-two': ['a', 'b'] }).end('done')
    const answer = await sender()({
      method: 'POST',
      url: `${receiver.url}?q=1`,
      headers: { 'x-one': '1' },
      body: 'hello',
    })
    expect(answer).toMatchObject({ status: 202, body: 'done', headers: { 'x-two': 'a, b' } })
    expect(receiver.received[0]).toMatchObject({ method: 'POST', path: '/hook?q=1', body: 'hello' })
    expect(receiver.received[0]!.headers['x-one']).toBe('1')
  })

  it('goes to the address that was checked, and never asks a second time', async () => {
    const receiver = await openReceiver()
    // First a harmless answer, then, for whoever asks again, the address inside: DNS rebinding.
    const resolve = vi.fn().mockResolvedValueOnce(['127.0.0.1']).mockResolvedValue(['169.254.169.254'])
    const send = createSend(createGuard({ allowed: ['127.0.0.1', 'rebind.example'], resolve }))
    const answer = await send(get(`http://rebind.example:${receiver.port}/`))
    expect(answer.status).toBe(200)
    expect(resolve).toHaveBeenCalledTimes(1)
    expect(receiver.received[0]!.headers.host).toBe(`rebind.example:${receiver.port}`)
    expect(await failure(send(get(`http://rebind.example:${receiver.port}/`)))).toBe('net.host_refused')
    expect(receiver.received).toHaveLength(1)
  })

  it('tries the other addresses of a name when the first does not answer', async () => {
    const receiver = await openReceiver()
    const resolve = async () => ['127.0.0.9', '127.0.0.1']
    const send = createSend(createGuard({ allowed: ['127.0.0.0/8', 'two.example'], resolve }))
    expect((await send(get(`http://two.example:${receiver.port}/`))).status).toBe(200)
  })

  it('follows no redirect', async () => {
    const receiver = await openReceiver()
    receiver.answer = (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end()
    expect((await sender()(get(receiver.url))).status).toBe(307)
    expect(receiver.received).toHaveLength(1)
  })

  it('goes through no proxy that the environment names', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1')
    onTestFinished(() => void vi.unstubAllEnvs())
    const receiver = await openReceiver()
    expect((await sender()(get(receiver.url))).status).toBe(200)
  })

  it('is refused before anything is sent when the address is private', async () => {
    const receiver = await openReceiver()
    const send = createSend(createGuard())
    expect(await failure(send(get(receiver.url)))).toBe('net.host_refused')
    expect(await failure(send(get(`https://127.0.0.1:${receiver.port}/`)))).toBe('net.host_refused')
    expect(receiver.received).toHaveLength(0)
  })

  it('reads no more of an answer than it was told', async () => {
    const receiver = await openReceiver()
    receiver.answer = (_request, response) => {
      response.writeHead(200)
      // Without end.
      const pour = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', pour)
      }
      pour()
    }
    const limits = { maxBytes: 1000 }
    expect(await failure(sender(limits)(get(receiver.url)))).toBe('net.failed too_large')
    const answer = await sender({ ...limits, longer: 'cut' })(get(receiver.url))
    expect(answer).toMatchObject({ status: 200, body: 'x'.repeat(1000) })
  })

  it('does not wait for a receiver that never answers, that drips, or that does not take the connection', async () => {
    const silent = await openSocketServer(() => {})
    expect(await failure(sender({ headersMilliseconds: 100 })(get(`http://127.0.0.1:${silent}/`)))).toBe(
      'net.failed timeout',
    )
    const dripping = await openSocketServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
      const timer = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await failure(sender({ totalMilliseconds: 300 })(get(`http://127.0.0.1:${dripping}/`)))).toBe(
      'net.failed timeout',
    )
  })

  it('says whether there was no connection, a broken one, or something else than HTTP', async () => {
    expect(await failure(sender()(get('http://127.0.0.1:1/')))).toBe('net.failed connect')
    const hangingUp = await openSocketServer((socket) => socket.on('data', () => socket.destroy()))
    expect(await failure(sender()(get(`http://127.0.0.1:${hangingUp}/`)))).toBe('net.failed reset')
    const babbling = await openSocketServer((socket) =>
      socket.on('data', () => socket.end('220 mail.example ESMTP\r\n')),
    )
    expect(await failure(sender()(get(`http://127.0.0.1:${babbling}/`)))).toBe('net.failed protocol')
    const boasting = await openSocketServer((socket) =>
      socket.on('data', () => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`)),
    )
    expect(await failure(sender()(get(`http://127.0.0.1:${boasting}/`)))).toBe('net.failed protocol')
  })

  it('verifies TLS although the environment says not to', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    onTestFinished(() => void vi.unstubAllEnvs())
    const folder = mkdtempSync(join(tmpdir(), 'cardea-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
        ...['-subj', '/CN=127.0.0.1', '-keyout', files.key, '-out', files.cert],
      ],
      { stdio: 'ignore' },
    )
    const server = createServer(
      { key: readFileSync(files.key), cert: readFileSync(files.cert) },
      (_request, response) => response.end('believed'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    expect(await failure(sender()(get(url)))).toBe('net.failed tls')
  })

  it('ends when its caller says so, and says that it was the caller', async () => {
    const silent = await openSocketServer(() => {})
    const stop = new AbortController()
    const waiting = sender()(get(`http://127.0.0.1:${silent}/`), { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await expect(waiting).rejects.toThrow('enough')
  })
})
