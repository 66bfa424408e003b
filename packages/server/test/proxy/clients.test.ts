import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasSmartHttp, smartHttp } from './smart-http.ts'
import { type ProxyWorld, proxyWorld, SECRET } from './world.ts'

/** What people have, with nothing changed but address and key. */
const run = promisify(execFile)
const has = (program: string) => spawnSync(program, ['--version']).status === 0

let here: ProxyWorld
let id: string
let token: string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cardea-clients-'))
  here = await proxyWorld()
  id = await here.connect()
  token = here.token(id)
})
afterAll(async () => {
  await here?.close()
  rmSync(folder, { recursive: true, force: true })
})

const echo: RequestListener = async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  response.setHeader('content-type', 'text/plain')
  response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`)
}

describe('fetch', () => {
  it('sends JSON, forms, streams and nothing at all', async () => {
    here.service.answer(echo)
    const headers = { authorization: `Bearer ${token}` }
    const ask = async (init: RequestInit & { duplex?: 'half' } = {}) =>
      (await fetch(`${here.url}/proxy/${id}/x`, { headers, ...init })).text()
    expect(await ask()).toBe('GET /x ')
    expect(await ask({ method: 'POST', body: JSON.stringify({ a: 1 }) })).toBe('POST /x {"a":1}')
    expect(await ask({ method: 'POST', body: new URLSearchParams({ a: '1' }) })).toBe('POST /x a=1')
    expect(await ask({ method: 'PUT', body: new Blob(['abc']).stream(), duplex: 'half' })).toBe('PUT /x abc')
  })
})

describe.skipIf(!has('curl'))('curl', () => {
  const curl = async (...words: string[]) => (await run('curl', ['-sS', ...words], { maxBuffer: 8_000_000 })).stdout
  const at = (path: string) => `${here.url}/proxy/${id}${path}`

  it('gets, posts, uploads, asks for compression and shows heads', async () => {
    here.service.answer(echo)
    const auth = ['-H', `Authorization: Bearer ${token}`]
    expect(await curl(...auth, at('/a?b=c'))).toBe('GET /a?b=c ')
    expect(await curl('-u', `x:${token}`, at('/basic'))).toBe('GET /basic ')
    expect(await curl(...auth, '-d', 'a=1', at('/form'))).toBe('POST /form a=1')
    expect(await curl(...auth, '--compressed', at('/gzip'))).toBe('GET /gzip ')
    expect(await curl(...auth, '-I', at('/head'))).toMatch(/^HTTP\/1.1 200 OK/)
    const file = join(folder, 'upload')
    writeFileSync(file, 'x'.repeat(2_000_000))
    // Curl expects 100-continue for a body of this size.
    expect((await curl(...auth, '-T', file, at('/put'))).length).toBe('PUT /put '.length + 2_000_000)
    expect(await curl(...auth, '--http1.0', at('/old'))).toBe('GET /old ')
    const refused = await curl('-i', at('/none'))
    expect(refused.toLowerCase()).toContain('cardea-error: proxy.token_missing')
  })
})

describe.skipIf(!hasSmartHttp)('git', () => {
  const git = (cwd: string, ...words: string[]) =>
    run('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words], {
      cwd,
      env: { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' },
    })

  it('clones and pushes with the token as its password', async () => {
    const bare = join(folder, 'repo.git')
    await git(folder, 'init', '-q', '--bare', bare)
    await git(bare, 'config', 'http.receivepack', 'true')
    here.service.answer(smartHttp(folder))
    const remote = `${here.url.replace('http://', `http://git:${token}@`)}/proxy/${id}/repo.git`

    const first = join(folder, 'first')
    await git(folder, 'init', '-q', '-b', 'main', first)
    writeFileSync(
      join(first, 'large.bin'),
      Buffer.alloc(3_000_000, 'not the same every time').map((byte, at) => byte ^ (at * 7919)),
    )
    writeFileSync(join(first, 'readme'), 'hello')
    await git(first, 'add', '.')
    await git(first, 'commit', '-q', '-m', 'first')
    await git(first, 'push', '-q', remote, 'main')
    await git(folder, 'clone', '-q', '-b', 'main', remote, join(folder, 'second'))
    const { stdout } = await git(join(folder, 'second'), 'show', 'HEAD:readme')
    expect(stdout).toBe('hello')
    await git(join(folder, 'second'), 'fsck', '--strict')
    expect(here.service.seen.every(({ headers }) => headers.authorization === `Bearer ${SECRET}`)).toBe(true)
  }, 60_000)
})
