import { freshDatabase } from '../../packages/server/test/database.ts'
import { blows } from './blows.ts'
import type { Begin, Point } from './server.ts'
import { createServers, ended } from './servers.ts'
import { madeConnections } from './set-up.ts'
import { type Lost, startTokenServer } from './token-server.ts'
import { judged, settled, total } from './verdict.ts'

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

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say = () => undefined } = options
  const database = await freshDatabase()
  let begin: Begin | undefined
  const servers = createServers({ options, database, tokens: () => tokens, begin: () => begin! })
  const tokens = await startTokenServer({ random: Math.random, lostWith: servers.lostWith })
  try {
    const { workspaceId, ids } = await madeConnections(database, tokens, options)
    say(`${ids.length} connections made`)
    const { callers, pauseMilliseconds } = options
    begin = { is: 'begin', workspaceId, connections: ids, api: tokens.api, callers, pauseMilliseconds }
    servers.revive()
    await Promise.all(servers.all.map(({ ready }) => ready))
    const began = performance.now()
    await blows({ options, servers, tokens, databaseUrl: database.url, say })
    say(`${tokens.counts.exchanges} exchanges; now everything is well again`)
    const unsettled = await settled(servers.all, tokens, ids, say)
    const seconds = (performance.now() - began) / 1000
    await Promise.all(servers.all.map(({ child }) => ended(child, 'SIGTERM')))
    return {
      ...(await judged(database, tokens, ids)),
      database: database.url ? 'PostgreSQL' : 'SQLite',
      seconds,
      unsettled,
      hits: servers.hits,
      ...total(servers.tallies()),
    }
  } finally {
    for (const { child } of servers.all) child.kill('SIGKILL')
    await tokens.close()
    await database.drop()
  }
}
