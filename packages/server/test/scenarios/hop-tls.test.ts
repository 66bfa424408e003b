import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createServer as createTls, type Server } from 'node:https'
import { type AddressInfo, connect, createServer as createTcp } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseName, freshDatabase, type TestDatabase } from '../database.ts'
import { authority, localhostCertificate } from '../net/certificates.ts'
import { hasSmartHttp, smartHttp } from '../proxy/smart-http.ts'
import { type ServerProcess, setUp, startProcess } from '../server.ts'

/**
 * As it stands in a house of its own: https in front of Cardea by nginx (or by Node where there is none), and a service behind it whose
 * certificate is signed by an authority that only this house trusts.
 */
const run = promisify(execFile)
const hasNginx = spawnSync('nginx', ['-v']).status === 0

describe.skipIf(!hasSmartHttp)(`git over https on both sides, on ${databaseName}`, () => {
  let database: TestDatabase
  let server: ServerProcess
  let service: Server
  let folder: string
  let front: { port: number; close(): void }
  let remote: string
  const seen = new Set<string | undefined>()
  const PASSWORD = 'a-password-for-the-repositories-1'

  beforeAll(async () => {
    database = await freshDatabase()
    folder = join(database.folder, 'git')
    mkdirSync(folder)
    const trusted = join(folder, 'authority.pem')
    writeFileSync(trusted, authority)
    const answers = smartHttp(folder)
    service = createTls(localhostCertificate, (request, response) => {
      const { authorization } = request.headers
      seen.add(authorization)
      if (authorization === `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`) answers(request, response)
      else response.writeHead(401, { 'www-authenticate': 'Basic' }).end()
    })
    service.listen(0, '127.0.0.1')
    await once(service, 'listening')
    const { port } = service.address() as AddressInfo
    server = await startProcess(database, {
      CARDEA_ALLOWED_HOSTS: 'localhost',
      CARDEA_TRUSTED_PROXIES: '1',
      // How a house adds its own authority: to Node itself.
      NODE_EXTRA_CA_CERTS: trusted,
    })
    const { client } = await setUp(server)
    const { id } = await client.connections.create(
      {
        provider: 'http_basic',
        method: 'password',
        settings: { server: `https://localhost:${port}`, user: 'ada' },
        credential: { password: PASSWORD },
      },
      { skipTest: true },
    )
    const { token } = await client.brokerTokens.create({ connections: [id] })
    front = await (hasNginx ? nginx : nodeFront)(folder, server.url)
    remote = `https://git:${token}@localhost:${front.port}/proxy/${id}/repo.git`
  }, 60_000)
  afterAll(async () => {
    front?.close()
    await server?.kill()
    service?.closeAllConnections()
    service?.close()
    await database?.drop()
  })

  const git = async (cwd: string, ...words: string[]) =>
    run('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words], {
      cwd,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_SSL_CAINFO: join(folder, 'authority.pem'),
      },
    })

  it('pushes, clones and fetches with a broker token as its password', async () => {
    const bare = join(folder, 'repo.git')
    await git(folder, 'init', '-q', '--bare', bare)
    await git(bare, 'config', 'http.receivepack', 'true')
    const first = join(folder, 'first')
    await git(folder, 'init', '-q', '-b', 'main', first)
    const large = Buffer.alloc(5_000_000, 'not the same every time').map((byte, at) => byte ^ (at * 7919))
    writeFileSync(join(first, 'large.bin'), large)
    await git(first, 'add', '.')
    await git(first, 'commit', '-q', '-m', 'first')
    await git(first, 'push', '-q', remote, 'main')
    const second = join(folder, 'second')
    await git(folder, 'clone', '-q', '-b', 'main', remote, second)
    await git(second, 'fsck', '--strict')

    writeFileSync(join(first, 'readme'), 'hello')
    await git(first, 'add', '.')
    await git(first, 'commit', '-q', '-m', 'second')
    await git(first, 'push', '-q', remote, 'main')
    await git(second, 'pull', '-q', '--ff-only')
    expect((await git(second, 'show', 'HEAD:readme')).stdout).toBe('hello')
    expect([...seen]).toEqual([`Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`])
  }, 60_000)

  it('is told why it is refused', async () => {
    const wrong = remote.replace(/:cardea_broker_[^@]+@/, `:cardea_broker_${'x'.repeat(43)}@`)
    const failure = await git(folder, 'ls-remote', wrong).catch((error: { stderr: string }) => error)
    expect(failure.stderr).toMatch(/Authentication failed|401/)
    rmSync(join(folder, 'second'), { recursive: true, force: true })
  })
})

/** As docs/guide/using-a-connection.md has it. */
async function nginx(folder: string, upstream: string): Promise<{ port: number; close(): void }> {
  const port = await freePort()
  const at = join(folder, 'nginx')
  mkdirSync(at)
  writeFileSync(join(at, 'key.pem'), localhostCertificate.key)
  writeFileSync(join(at, 'cert.pem'), localhostCertificate.cert)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${at}/${each};`,
  )
  writeFileSync(
    join(at, 'nginx.conf'),
    `daemon off; pid ${at}/pid; error_log ${at}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off; ${temporary.join(' ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${at}/cert.pem; ssl_certificate_key ${at}/key.pem;
    client_max_body_size 0;
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_request_buffering off; proxy_buffering off; proxy_read_timeout 1h;
    }
  }
}`,
  )
  const child = spawn('nginx', ['-c', join(at, 'nginx.conf'), '-e', join(at, 'error.log'), '-p', at], {
    stdio: 'ignore',
  })
  for (let tries = 0; !(await isListening(port)); tries++) {
    if (tries > 200) throw new Error('nginx does not listen')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { port, close: () => child.kill() }
}

async function nodeFront(_: string, upstream: string): Promise<{ port: number; close(): void }> {
  const { hostname, port: to } = new URL(upstream)
  const server = createTls(localhostCertificate, (request, response) => {
    const { method, url, headers, socket } = request
    const own = { ...headers, 'x-forwarded-for': String(socket.remoteAddress) }
    const onward = httpRequest({ hostname, port: to, method, path: url, headers: own }, (answer) => {
      response.writeHead(answer.statusCode!, answer.rawHeaders)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}
