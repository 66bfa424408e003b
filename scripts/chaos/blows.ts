import pg from 'pg'
import type { ChaosOptions } from './chaos.ts'
import type { Point } from './server.ts'
import { type Server, type Servers, sleep, tell } from './servers.ts'
import { type TokenServer, WELL } from './token-server.ts'

const POINTS: readonly Point[] = ['intent', 'exchange', 'vault']

/** Until there were enough exchanges: everything that can go wrong, again and again. Then everything is well. */
export async function blows(of: {
  options: ChaosOptions
  servers: Servers
  tokens: TokenServer
  databaseUrl: string | undefined
  say: (line: string) => void
}): Promise<void> {
  const { options, servers, tokens, databaseUrl, say } = of
  const { every } = options
  const odds = { slow: 0.03, error: 0.01, limited: 0.005, page: 0.005, dropped: 0.004, reset: 0.004, revoked: 0.002 }
  Object.assign(tokens.faults, odds)
  const began = performance.now()
  const next = {
    hit: 1,
    kill: every.kill / 2,
    stop: 1,
    session: every.session / 2,
    refuse: 3,
    client: every.client,
    say: 10,
  }
  const turns = { hit: 0, stop: 0 }
  for (;;) {
    await sleep(100)
    const seconds = (performance.now() - began) / 1000
    if (tokens.counts.exchanges >= options.exchanges || seconds >= options.seconds) break
    if (options.withoutOwnership && tokens.counts.used.beyond > 0) break
    const due = (what: keyof typeof next, again: number) => {
      if (seconds < next[what]) return false
      next[what] = seconds + again * (0.5 + Math.random())
      return true
    }
    servers.revive()
    const up = servers.up()
    const any = up[Math.floor(Math.random() * up.length)]
    if (!any) continue
    if (due('hit', every.hit)) tell(any.child, { is: 'arm', point: POINTS[turns.hit++ % POINTS.length] })
    else if (due('kill', every.kill)) {
      servers.hit('killed anywhere')
      any.child.kill('SIGKILL')
    } else if (up.length === options.servers && due('stop', every.stop)) {
      const where = options.stops[turns.stop++ % options.stops.length]!
      if (where !== 'anywhere') tell(any.child, { is: 'arm', point: where })
      else if (any.child.kill('SIGSTOP')) {
        servers.hit('stopped anywhere')
        servers.stop(any, where)
      }
    }
    if (databaseUrl && due('session', every.session) && (await endSession(databaseUrl, servers.all)))
      servers.hit('ended its session')
    if (due('refuse', every.refuse)) tokens.refuse(1500)
    tokens.faults.refusesClient = seconds > next.client && seconds < next.client + 1
    if (due('say', 15)) say(`${seconds.toFixed(0)} s: ${tokens.counts.exchanges} exchanges`)
  }
  for (const { child } of servers.all) tell(child, { is: 'arm', point: undefined })
  while (servers.all.some(({ stopped }) => stopped)) await sleep(100)
  servers.revive()
  await Promise.all(servers.all.map(({ ready }) => ready))
  for (const { child } of servers.all) tell(child, { is: 'quiet' })
  Object.assign(tokens.faults, WELL)
}

/** Ends the session by which somebody owns a renewal at this moment. Not one who stands between the last check and the first byte: no database can help there. */
async function endSession(url: string, servers: readonly Server[]): Promise<boolean> {
  const spared = servers.filter(({ stopped }) => stopped === 'stop after the check').map(({ life }) => life)
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
