import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { TestDatabase } from '../../packages/server/test/database.ts'
import type { ChaosReport } from './chaos.ts'
import type { FromServer, Tally } from './server.ts'
import { type Server, sleep, tell } from './servers.ts'
import type { TokenServer } from './token-server.ts'

const SETTLES_WITHIN = 240_000

/** Every connection works, and was renewed once more since everything is well, or is known to be dead. What is left is answered. */
export async function settled(
  servers: readonly Server[],
  tokens: TokenServer,
  ids: readonly string[],
  say: (line: string) => void,
) {
  const wellSince = Date.now()
  const until = wellSince + SETTLES_WITHIN
  let rest = [...ids]
  let open: Record<string, number> = {}
  for (let turn = 0; rest.length > 0 && Date.now() < until; turn++) {
    const { child } = servers[turn % servers.length]!
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
    const renewed = works.filter((id) => tokens.grants[ids.indexOf(id)]!.exchangedAt > wellSince)
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

export async function judged(database: TestDatabase, tokens: TokenServer, ids: readonly string[]) {
  const rows = await statesIn(database)
  const status = new Map(rows.map((row) => [row.id, row.status]))
  const named = (wanted: string, alive: boolean) =>
    ids.filter((id, number) => status.get(id) === wanted && tokens.grants[number]!.alive === alive)
  return {
    connections: ids.length,
    exchanges: tokens.counts.exchanges,
    renewals: rows.reduce((sum, { renewals }) => sum + Number(renewals), 0),
    lostOnTheWire: tokens.counts.lostOnTheWire,
    used: tokens.counts.used,
    beyond: tokens.counts.beyond,
    faults: tokens.counts.faults,
    dead: tokens.grants.filter(({ alive }) => !alive).length,
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

export function total(tallies: readonly Tally[]): Pick<ChaosReport, 'calls' | 'failed' | 'longestMilliseconds'> {
  const failed: Record<string, number> = {}
  for (const tally of tallies)
    for (const [code, count] of Object.entries(tally.failed)) failed[code] = (failed[code] ?? 0) + count
  return {
    calls: tallies.reduce((sum, { calls }) => sum + calls, 0),
    failed,
    longestMilliseconds: Math.max(0, ...tallies.map(({ longestMilliseconds }) => longestMilliseconds)),
  }
}
