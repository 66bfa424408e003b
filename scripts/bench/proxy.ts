// What a call costs on its way through the proxy: `npm run bench:proxy [seconds] [hops]`. The hop has one core for itself, generator and upstream
// the other. Beside it in the same run: a bare node:http + undici hop (what our rooms cost), nginx with proxy_set_header where it is
// installed (the limit), and no hop at all. Token, policy, scrubbing and durable audit (SQLite) are on. CPU a request is the figure to trust.
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SECONDS = Number(process.argv[2] ?? 5)
const HOP_CORE = '0'
const OTHER_CORE = '1'

interface Hop {
  name: string
  port: number
  path: string
  authorization: string
  usage(): Promise<{ cpu: number; rss: number }>
  stop(): void
}

interface Result {
  hop: string
  small?: { perSecond: number; cpuMicroseconds: number; p50: number; p99: number }
  megabyte?: { megabytesPerSecond: number; cpuMillisecondsPerMegabyte: number }
  events?: { firstByteMilliseconds: number }
  at200?: { p50: number; p99: number }
  at1000?: { p50: number; p99: number }
  rssMegabytes?: number
}

spawnSync('taskset', ['-cp', OTHER_CORE, String(process.pid)])
const upstream = forkOn(OTHER_CORE, 'proxy-upstream.ts', [])
const [{ port: upstreamPort }] = (await once(upstream, 'message')) as [{ port: number }]

const makers: (() => Promise<Hop | undefined>)[] = [direct, bare, unaudited, cardea, nginx]
const wanted = process.argv[3]?.split(',')
const hops: Hop[] = []
for (const make of makers) {
  const hop = !wanted || wanted.includes(make.name) ? await make() : undefined
  if (hop) hops.push(hop)
}
const results: Result[] = []
try {
  results.push(...(await measureAll()))
} finally {
  for (const hop of hops) hop.stop()
}
upstream.disconnect()
print(results)
process.exit()

/** In turns of a second, so that whatever else this machine does falls on all alike; of the turns the median counts. */
async function measureAll(): Promise<Result[]> {
  const all = hops.map((): Result & Required<Pick<Result, 'small' | 'megabyte'>> => ({
    hop: '',
    small: { perSecond: 0, cpuMicroseconds: 0, p50: 0, p99: 0 },
    megabyte: { megabytesPerSecond: 0, cpuMillisecondsPerMegabyte: 0 },
  }))
  const small = hops.map((): Turn[] => [])
  const large = hops.map((): Turn[] => [])
  const first = hops.map((): number[] => [])
  for (const hop of hops) await closedLoop(hop, '/items/', 64, 2)
  for (let round = 0; round < SECONDS; round++) {
    for (const [at, hop] of hops.entries()) small[at]!.push(await turn(hop, '/items/', 64, 1))
    for (const [at, hop] of hops.entries()) large[at]!.push(await turn(hop, '/megabyte/', 4, 0.5))
    for (const [at, hop] of hops.entries()) {
      for (let call = 0; call < 20; call++) first[at]!.push(await firstByte(hop))
    }
  }
  for (const [at, hop] of hops.entries()) {
    const result = all[at]!
    result.hop = hop.name
    const times = small[at]!.flatMap((one) => one.times)
    result.small = {
      perSecond: median(small[at]!.map(({ perSecond }) => perSecond)),
      cpuMicroseconds: median(small[at]!.map(({ cpu }) => cpu)),
      ...percentiles(times),
    }
    result.megabyte = {
      megabytesPerSecond: median(large[at]!.map(({ perSecond }) => perSecond)),
      cpuMillisecondsPerMegabyte: median(large[at]!.map(({ cpu }) => cpu)) / 1000,
    }
    result.events = { firstByteMilliseconds: percentiles(first[at]!).p50 }
    result.at200 = percentiles(await openLoop(hop, 200, SECONDS))
    result.at1000 = percentiles(await openLoop(hop, 1000, SECONDS))
    result.rssMegabytes = (await hop.usage()).rss / (1 << 20)
  }
  return all
}

interface Turn {
  perSecond: number
  /** Microseconds a call. */
  cpu: number
  times: number[]
}

async function turn(hop: Hop, path: string, lines: number, seconds: number): Promise<Turn> {
  const before = await hop.usage()
  const { times, seconds: took } = await closedLoop(hop, path, lines, seconds)
  const after = await hop.usage()
  return { perSecond: times.length / took, cpu: (after.cpu - before.cpu) / times.length, times }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** Each line asks again as soon as it has its answer. */
async function closedLoop(hop: Hop, path: string, lines: number, seconds: number) {
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  await Promise.all(
    Array.from({ length: lines }, async () => {
      const line = await open(hop)
      while (performance.now() < end) times.push(await line.ask(path + times.length))
      line.close()
    }),
  )
  return { times, seconds: (performance.now() - began) / 1000 }
}

/** So many a second, whether answers have come or not: what waits counts from when it should have begun. */
async function openLoop(hop: Hop, perSecond: number, seconds: number): Promise<number[]> {
  const free: Line[] = await Promise.all(Array.from({ length: 64 }, () => open(hop)))
  const times: number[] = []
  const began = performance.now()
  const running: Promise<void>[] = []
  for (let at = 0; at < perSecond * seconds; at++) {
    const due = began + (at * 1000) / perSecond
    while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve))
    const line = free.pop()
    if (!line) continue
    running.push(
      line.ask(`/items/${at}`).then(() => {
        times.push(performance.now() - due)
        free.push(line)
      }),
    )
  }
  await Promise.all(running)
  for (const line of free) line.close()
  return times
}

interface Line {
  /** Milliseconds until the whole answer was there. */
  ask(path: string): Promise<number>
  close(): void
}

function requestOf(hop: Hop, path: string): string {
  return `GET ${hop.path}${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${hop.authorization}\r\naccept: application/json\r\nuser-agent: bench/1.0\r\naccept-language: *\r\naccept-encoding: gzip, deflate\r\nx-client: bench\r\n\r\n`
}

async function open(hop: Hop): Promise<Line> {
  const socket = connect(hop.port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  let answered: () => void = () => {}
  let failed: (error: Error) => void = () => {}
  let left = -1
  let head = ''
  socket.on('data', (chunk: Buffer) => {
    let size = chunk.byteLength
    if (left < 0) {
      const text = chunk.toString('latin1')
      const end = (head + text).indexOf('\r\n\r\n')
      if (end < 0) {
        head += text
        return
      }
      const whole = head + text
      if (!whole.startsWith('HTTP/1.1 200')) {
        failed(new Error(`${hop.name}: ${whole.slice(0, 400)}`))
        return
      }
      left = Number(/content-length: (\d+)/i.exec(whole)![1])
      size = whole.length - end - 4
      head = ''
    }
    left -= size
    if (left > 0) return
    left = -1
    answered()
  })
  socket.on('error', (error) => failed(error))
  socket.on('close', () => failed(new Error(`${hop.name} closed the line`)))
  return {
    ask: (path) =>
      new Promise((resolve, reject) => {
        const began = performance.now()
        answered = () => resolve(performance.now() - began)
        failed = reject
        socket.write(requestOf(hop, path))
      }),
    close: () => {
      failed = () => {}
      socket.destroy()
    },
  }
}

async function firstByte(hop: Hop): Promise<number> {
  const socket = connect(hop.port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const began = performance.now()
  socket.write(requestOf(hop, '/events/1'))
  let text = ''
  for await (const chunk of socket) {
    text += chunk
    if (text.includes('"a": 1')) break
  }
  const took = performance.now() - began
  socket.destroy()
  return took
}

function percentiles(times: number[]): { p50: number; p99: number } {
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(times.length * 0.5)] ?? 0, p99: times[Math.floor(times.length * 0.99)] ?? 0 }
}

// ── the hops ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function direct(): Promise<Hop> {
  return {
    name: 'direct',
    port: upstreamPort,
    path: '',
    authorization: 'Bearer x',
    usage: async () => ({ cpu: 0, rss: 0 }),
    stop: () => {},
  }
}

function bare(): Promise<Hop> {
  return node('bare', 'bare node:http + undici')
}

function unaudited(): Promise<Hop> {
  return node('unaudited', 'Cardea without records')
}

function cardea(): Promise<Hop> {
  return node('cardea', 'Cardea')
}

async function node(kind: string, name: string): Promise<Hop> {
  const child = forkOn(HOP_CORE, 'proxy-hop.ts', [kind, String(upstreamPort)])
  const [said] = (await once(child, 'message')) as [Pick<Hop, 'port' | 'path' | 'authorization'>]
  return {
    name,
    ...said,
    usage: async () => {
      child.send('usage')
      return ((await once(child, 'message')) as [{ cpu: number; rss: number }])[0]
    },
    stop: () => child.disconnect(),
  }
}

async function nginx(): Promise<Hop | undefined> {
  if (spawnSync('nginx', ['-v']).error) {
    console.error('nginx is not installed: the run goes on without it (apt-get install nginx-light)')
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'cardea-nginx-'))
  const port = 20_000 + (process.pid % 20_000)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream service { server 127.0.0.1:${upstreamPort}; keepalive 256; }
  server { listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Authorization "Bearer a-secret"; proxy_buffering off; } } }`,
  )
  const child = spawn('taskset', ['-c', HOP_CORE, 'nginx', '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' })
  await new Promise((resolve) => setTimeout(resolve, 700))
  const master = readFileSync(join(folder, 'pid'), 'utf8').trim()
  const worker = spawnSync('pgrep', ['-P', master]).stdout.toString().trim().split('\n')[0]!
  const ticks = Number(spawnSync('getconf', ['CLK_TCK']).stdout.toString())
  return {
    name: 'nginx, proxy_set_header',
    port,
    path: '',
    authorization: 'Bearer x',
    usage: async () => {
      const stat = readFileSync(`/proc/${worker}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return {
        cpu: ((Number(stat[11]) + Number(stat[12])) / ticks) * 1e6,
        rss: Number(readFileSync(`/proc/${worker}/statm`, 'utf8').split(' ')[1]) * 4096,
      }
    },
    stop: () => {
      child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function forkOn(core: string, file: string, words: string[]): ChildProcess {
  const child = fork(join(import.meta.dirname, file), words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  spawnSync('taskset', ['-acp', core, String(child.pid)])
  return child
}

// ── what is printed ──────────────────────────────────────────────────────────────────────────────────────────────────

function print(all: readonly Result[]): void {
  const reference = all.find(({ hop }) => hop.startsWith('bare'))
  const rows: [string, (result: Result) => number | undefined, number][] = [
    ['1 KB, 64 lines: calls a second', ({ small }) => small?.perSecond, 0],
    ['  CPU a call, µs', ({ small }) => small?.cpuMicroseconds, 1],
    ['  p50, ms', ({ small }) => small?.p50, 2],
    ['  p99, ms', ({ small }) => small?.p99, 2],
    ['1 MB, 4 lines: MB a second', ({ megabyte }) => megabyte?.megabytesPerSecond, 0],
    ['  CPU a MB, ms', ({ megabyte }) => megabyte?.cpuMillisecondsPerMegabyte, 2],
    ['events: first byte, ms', ({ events }) => events?.firstByteMilliseconds, 2],
    ['200 calls a second: p50, ms', ({ at200 }) => at200?.p50, 2],
    ['  p99, ms', ({ at200 }) => at200?.p99, 2],
    ['1,000 calls a second: p50, ms', ({ at1000 }) => at1000?.p50, 2],
    ['  p99, ms', ({ at1000 }) => at1000?.p99, 2],
    ['resident after the run, MB', ({ rssMegabytes }) => rssMegabytes, 0],
  ]
  console.log(`\none core for the hop, one for generator and upstream; ${SECONDS} s each\n`)
  console.log(`${''.padEnd(34)}${all.map(({ hop }) => hop.padStart(26)).join('')}`)
  for (const [name, read, digits] of rows) {
    const cells = all.map((result) => {
      const value = read(result)
      const base = reference && read(reference)
      if (value === undefined || value === 0) return '–'.padStart(26)
      const ratio = base && result !== reference ? ` (${(value / base).toFixed(2)})` : ''
      return `${value.toFixed(digits)}${ratio}`.padStart(26)
    })
    console.log(name.padEnd(34) + cells.join(''))
  }
  console.log(`\n${JSON.stringify(all)}`)
}
