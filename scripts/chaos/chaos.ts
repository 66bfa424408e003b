import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { type TestApp, testApp } from '../../packages/server/test/app.ts'
import { freshDatabase, type TestDatabase } from '../../packages/server/test/database.ts'
import { environmentFor } from '../../packages/server/test/server.ts'
import type { Begin, FromServer, Point, Tally, ToServer } from './server.ts'
import { type GivenAnswer, type Lost, startTokenServer, type TokenServer, WELL } from './token-server.ts'

/**
 * Servers that renew tokens while everything around them goes wrong: they are killed at the worst points, stopped for longer than any time-out,
 * their clocks are minutes apart, and the token server is slow, failing and loses answers. What comes of it is a table in which some numbers
 * must be nought.
 */
export interface ChaosOptions {
  servers: number
  callers: number
  connections: number
  /** It goes on until so many exchanges were done, or for so long. */
  exchanges: number
  seconds: number
  /** Of most access tokens; those of every third connection live a tenth of it. */
  lifeSeconds: number
  stopSeconds: readonly [number, number]
  stops: readonly (Point | 'anywhere')[]
  /** Seconds between blows of each kind. */
  every: { hit: number; kill: number; stop: number; session: number; refuse: number; client: number }
  pauseMilliseconds: number
  /** Until it shows. */
  withoutOwnership?: boolean
  say?: (line: string) => void
}

export interface ChaosReport {
  database: string
  seconds: number
  exchanges: number
  renewals: number
  lostOnTheWire: number
  used: Record<Lost | 'beyond', number>
  beyond: string[]
  deadButAlive: string[]
  greenButDead: string[]
  unsettled: Record<string, number>
  dead: number
  connections: number
  calls: number
  failed: Record<string, number>
  longestMilliseconds: number
  hits: Record<string, number>
  faults: Record<string, number>
}

interface Worker {
  name: string
  /** Another one each time it is started. */
  life: string
  child: ChildProcess
  ready: Promise<void>
  tally: Tally
  stopped: Point | 'anywhere' | undefined
}

const KEPT_AFTER = 5000
const SETTLES_WITHIN = 240_000
const CLOCK = 5 * 60_000

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say = () => undefined } = options
  const database = await freshDatabase()
  const lives = new Map<string, { diedAt?: number; stops: { from: number; to?: number }[] }>()
  const server = await startTokenServer({ random: Math.random, lostWith: (answer) => lostWith(lives, answer) })
  const hits: Record<string, number> = {}
  const hit = (what: string) => {
    hits[what] = (hits[what] ?? 0) + 1
  }
  const workers: Worker[] = []
  const buried: Tally[] = []
  try {
    const { workspaceId, ids } = await madeConnections(database, server, options)
    say(`${ids.length} connections made`)
    const begin: Begin = {
      is: 'begin',
      workspaceId,
      connections: ids,
      api: server.api,
      callers: options.callers,
      pauseMilliseconds: options.pauseMilliseconds,
    }
    for (let number = 0; number < options.servers; number++) workers.push(start(number, database, begin, options))
    await Promise.all(workers.map(({ ready }) => ready))
    const began = performance.now()
    await blows({ began, database, server, begin, options, workers, lives, buried, hit, say })
    say(`${server.counts.exchanges} exchanges; now everything is well again`)
    Object.assign(server.faults, WELL)
    const unsettled = await settled(workers, server, ids, say)
    const seconds = (performance.now() - began) / 1000
    await Promise.all(workers.map(({ child }) => ended(child, 'SIGTERM')))
    return {
      ...(await judged(database, server, ids)),
      database: database.url ? 'PostgreSQL' : 'SQLite',
      seconds,
      unsettled,
      hits,
      ...total([...buried, ...workers.map(({ tally }) => tally)]),
    }
  } finally {
    for (const { child } of workers) child.kill('SIGKILL')
    await server.close()
    await database.drop()
  }

  function start(number: number, of: TestDatabase, begin: Begin, how: ChaosOptions): Worker {
    const name = `server-${number}`
    const life = `${name}-${Math.random().toString(36).slice(2, 8)}`
    const preload = ['other-clock.ts', ...(how.withoutOwnership ? ['no-ownership.ts'] : [])]
    const child = fork(join(import.meta.dirname, 'server.ts'), {
      execArgv: preload.flatMap((file) => ['--import', join(import.meta.dirname, file)]),
      env: {
        ...serverEnvironment(of, server, number),
        CHAOS_NAME: life,
        // The second is right, its neighbours are five minutes off; one that is alone is set with every start.
        CHAOS_CLOCK_MILLISECONDS: String((how.servers === 1 ? (lives.size % 3) - 1 : number - 1) * CLOCK),
        PGAPPNAME: life,
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const isReady = Promise.withResolvers<void>()
    const worker: Worker = {
      name,
      life,
      child,
      ready: isReady.promise,
      tally: { calls: 0, failed: {}, longestMilliseconds: 0 },
      stopped: undefined,
    }
    lives.set(life, { stops: [] })
    child.on('message', (message: FromServer) => {
      if (message.is === 'ready') {
        tell(child, begin)
        isReady.resolve()
      }
      if (message.is === 'tally') worker.tally = message.tally
      if (message.is === 'hit') {
        hit(message.point)
        if (message.point.startsWith('stop')) stopped(worker, message.point, how)
      }
    })
    child.once('exit', () => {
      lives.get(life)!.diedAt = Date.now()
      // Not before it has done what it was started for.
      isReady.resolve()
    })
    return worker
  }

  function stopped(worker: Worker, at: Point | 'anywhere', { stopSeconds: [least, most] }: ChaosOptions): void {
    const stop: { from: number; to?: number } = { from: Date.now() }
    lives.get(worker.life)!.stops.push(stop)
    worker.stopped = at
    const wake = () => {
      stop.to = Date.now()
      worker.stopped = undefined
      worker.child.kill('SIGCONT')
    }
    setTimeout(wake, (least + Math.random() * (most - least)) * 1000)
  }

  /** Until there were enough exchanges: everything that can go wrong, again and again. */
  async function blows(of: {
    began: number
    database: TestDatabase
    server: TokenServer
    begin: Begin
    options: ChaosOptions
    workers: Worker[]
    lives: typeof lives
    buried: Tally[]
    hit: (what: string) => void
    say: (line: string) => void
  }): Promise<void> {
    const { every } = options
    Object.assign(server.faults, { slow: 0.03, error: 0.01, limited: 0.005, page: 0.005, dropped: 0.004, reset: 0.004 })
    server.faults.revoked = 0.002
    const next = {
      hit: 1,
      kill: every.kill / 2,
      stop: 1,
      session: every.session / 2,
      refuse: 3,
      client: every.client,
      say: 10,
    }
    const points: Point[] = ['intent', 'exchange', 'vault']
    let turn = 0
    for (;;) {
      await sleep(100)
      const seconds = (performance.now() - of.began) / 1000
      if (server.counts.exchanges >= options.exchanges || seconds >= options.seconds) break
      if (options.withoutOwnership && server.counts.used.beyond > 0) break
      const due = (what: keyof typeof next, again: number) => {
        if (seconds < next[what]) return false
        next[what] = seconds + again * (0.5 + Math.random())
        return true
      }
      of.workers.forEach((worker, number) => {
        if (worker.child.exitCode === null && worker.child.signalCode === null) return
        of.buried.push(worker.tally)
        of.workers[number] = start(number, database, of.begin, options)
      })
      const up = of.workers.filter(({ stopped: is, child }) => !is && child.connected)
      const any = up[Math.floor(Math.random() * up.length)]
      if (!any) continue
      if (due('hit', every.hit)) tell(any.child, { is: 'arm', point: points[turn++ % points.length] })
      else if (due('kill', every.kill)) {
        of.hit('killed anywhere')
        any.child.kill('SIGKILL')
      } else if (up.length === options.servers && due('stop', every.stop)) {
        const where = options.stops[turn++ % options.stops.length]!
        if (where !== 'anywhere') tell(any.child, { is: 'arm', point: where })
        else if (any.child.kill('SIGSTOP')) {
          of.hit('stopped anywhere')
          stopped(any, where, options)
        }
      }
      if (database.url && due('session', every.session) && (await endSession(database.url, of.workers)))
        of.hit('ended its session')
      if (due('refuse', every.refuse)) server.refuse(1500)
      server.faults.refusesClient = seconds > next.client && seconds < next.client + 1
      if (due('say', 15)) of.say(`${seconds.toFixed(0)} s: ${server.counts.exchanges} exchanges`)
    }
    server.faults.refusesClient = false
    for (const { child } of of.workers) if (child.connected) tell(child, { is: 'arm', point: undefined })
    while (of.workers.some(({ stopped: is }) => is)) await sleep(100)
    for (const [number, worker] of of.workers.entries()) {
      if (worker.child.exitCode === null && worker.child.signalCode === null) continue
      of.buried.push(worker.tally)
      of.workers[number] = start(number, database, of.begin, options)
    }
    await Promise.all(of.workers.map(({ ready }) => ready))
    for (const { child } of of.workers) tell(child, { is: 'quiet' })
  }
}

/** An answer that went to a server which then died, or stood still: nobody has what was in it. One that was used has arrived. */
function lostWith(
  lives: Map<string, { diedAt?: number; stops: { from: number; to?: number }[] }>,
  { by, at }: GivenAnswer,
): Lost | undefined {
  const life = lives.get(by)
  if (!life) return undefined
  if (life.diedAt !== undefined && life.diedAt < at + KEPT_AFTER) return 'with a killed server'
  const stood = life.stops.some(({ from, to = Number.POSITIVE_INFINITY }) => from < at + KEPT_AFTER && to > at)
  return stood ? 'in a stopped server' : undefined
}

function serverEnvironment(database: TestDatabase, { url }: TokenServer, number: number): NodeJS.ProcessEnv {
  const { hostname } = new URL(url)
  return environmentFor(database, {
    CARDEA_DATA_DIR: join(database.folder, number === 0 ? 'data' : `data-${number}`),
    CARDEA_MASTER_KEY_FILE: join(database.folder, 'master.key'),
    CARDEA_ALLOWED_HOSTS: hostname,
    CARDEA_REQUESTS_PER_MINUTE: '1000000',
  })
}

/** Through the front door: an administrator registers the app and brings refresh tokens, which are taken over. */
async function madeConnections(database: TestDatabase, server: TokenServer, options: ChaosOptions) {
  writeFileSync(join(database.folder, 'master.key'), randomBytes(32).toString('base64'), { mode: 0o600 })
  const environment = serverEnvironment(database, server, 0) as Record<string, string>
  const own = Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('CARDEA_')))
  const app: TestApp = await testApp({ database, environment: own, logLevel: 'error' })
  try {
    const { client, workspaceId } = await app.setUp()
    const { id: appId } = await client.apps.create({
      provider: 'oauth2_generic',
      methods: ['oauth'],
      clientId: 'chaos',
      clientSecret: 'secret',
      settings: { authorizeUrl: `${server.url}/authorize`, tokenUrl: `${server.url}/token` },
    })
    const ids: string[] = []
    while (ids.length < options.connections) {
      const some = Math.min(100, options.connections - ids.length)
      const connections = Array.from({ length: some }, () => {
        const isShort = server.grants.length % 3 === 0
        const lifeMilliseconds = options.lifeSeconds * (isShort ? 100 : 1000)
        const { id, refreshToken } = server.newGrant({ lifeMilliseconds, forgives: server.grants.length % 2 === 0 })
        const settings = { server: server.api }
        return {
          provider: 'oauth2_generic',
          method: 'oauth',
          name: `grant ${id}`,
          settings,
          appId,
          tokens: { refreshToken },
        }
      })
      const { results } = await client.connections.import({ connections })
      for (const { connection, problem } of results) {
        if (!connection) throw new Error(`a connection was not taken over: ${JSON.stringify(problem)}`)
        ids.push(connection.id)
      }
    }
    return { workspaceId, ids }
  } finally {
    await app.close()
  }
}

/** Ends the session by which somebody owns a renewal at this moment. Not one who stands between the last check and the first byte: no database can help there. */
async function endSession(url: string, workers: readonly Worker[]): Promise<boolean> {
  const spared = workers.filter(({ stopped }) => stopped === 'stop after the check').map(({ life }) => life)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from (
         select a.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where l.locktype = 'advisory' and l.objsubid = 1 and a.datname = current_database() and a.application_name <> all ($1)
         order by random() limit 1
       ) one`,
      [spared],
    )
    return (rowCount ?? 0) > 0
  } finally {
    await client.end()
  }
}

/** Every connection works, and was renewed once more since everything is well, or is known to be dead. What is left is answered. */
async function settled(
  workers: readonly Worker[],
  server: TokenServer,
  ids: readonly string[],
  say: (line: string) => void,
) {
  const wellSince = Date.now()
  const until = wellSince + SETTLES_WITHIN
  let rest = [...ids]
  let open: Record<string, number> = {}
  for (let turn = 0; rest.length > 0 && Date.now() < until; turn++) {
    const { child } = workers[turn % workers.length]!
    const answer = new Promise<FromServer & { is: 'settled' }>((resolve) => {
      const hear = (message: FromServer) => {
        if (message.is !== 'settled') return
        child.off('message', hear)
        resolve(message)
      }
      child.on('message', hear)
    })
    tell(child, { is: 'settle', ids: rest })
    const { works, dead, open: unclear } = await answer
    const renewed = works.filter((id) => server.grants[ids.indexOf(id)]!.exchangedAt > wellSince)
    const done = new Set([...dead, ...renewed])
    rest = rest.filter((id) => !done.has(id))
    open = {
      ...unclear,
      ...(works.length > renewed.length ? { 'not renewed since': works.length - renewed.length } : {}),
    }
    if (rest.length > 0) await sleep(1000)
    if (turn % 10 === 9) say(`${rest.length} are not settled yet: ${JSON.stringify(open)}`)
  }
  return rest.length === 0 ? {} : open
}

async function judged(database: TestDatabase, server: TokenServer, ids: readonly string[]) {
  const rows = await statesIn(database)
  const status = new Map(rows.map((row) => [row.id, row.status]))
  const named = (wanted: string, alive: boolean) =>
    ids.filter((id, number) => status.get(id) === wanted && server.grants[number]!.alive === alive)
  return {
    connections: ids.length,
    exchanges: server.counts.exchanges,
    renewals: rows.reduce((sum, { renewals }) => sum + Number(renewals), 0),
    lostOnTheWire: server.counts.lostOnTheWire,
    used: server.counts.used,
    beyond: server.counts.beyond,
    faults: server.counts.faults,
    dead: server.grants.filter(({ alive }) => !alive).length,
    deadButAlive: named('error', true),
    greenButDead: named('active', false),
  }
}

async function statesIn(database: TestDatabase): Promise<{ id: string; status: string; renewals: number }[]> {
  const question = `select id, status, renewals from connections join connection_grants on connection_id = id`
  if (!database.url) {
    const file = new DatabaseSync(join(database.folder, 'data', 'cardea.db'), { readOnly: true })
    const rows = file.prepare(question).all() as { id: string; status: string; renewals: number }[]
    file.close()
    return rows
  }
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query(question)).rows
  } finally {
    await client.end()
  }
}

function total(tallies: readonly Tally[]): Pick<ChaosReport, 'calls' | 'failed' | 'longestMilliseconds'> {
  const failed: Record<string, number> = {}
  for (const tally of tallies)
    for (const [code, count] of Object.entries(tally.failed)) failed[code] = (failed[code] ?? 0) + count
  return {
    calls: tallies.reduce((sum, { calls }) => sum + calls, 0),
    failed,
    longestMilliseconds: Math.max(0, ...tallies.map(({ longestMilliseconds }) => longestMilliseconds)),
  }
}

function tell(child: ChildProcess, message: ToServer): void {
  if (child.connected) child.send(message, () => undefined)
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
