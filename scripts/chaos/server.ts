// One server of the chaos, without HTTP: callers that use connections in a loop, and points at which it kills or stops itself when it is told to.

import { createApp } from '../../packages/server/src/app.ts'
import { systemClock } from '../../packages/server/src/clock.ts'
import { loadConfig } from '../../packages/server/src/config/config.ts'
import type { Usable } from '../../packages/server/src/connections/connections.ts'
import { Problem } from '../../packages/server/src/errors.ts'
import { createLogger } from '../../packages/server/src/log.ts'
import { createGuard } from '../../packages/server/src/net/guard.ts'
import type { Send } from '../../packages/server/src/net/message.ts'
import { createSend } from '../../packages/server/src/net/send.ts'

/** Where it can be hit. The first three die there, the others stop and are woken later. */
export type Point =
  | 'intent'
  | 'exchange'
  | 'vault'
  | 'stop before the check'
  | 'stop after the check'
  | 'stop after sending'

export interface Begin {
  is: 'begin'
  workspaceId: string
  connections: readonly string[]
  api: string
  callers: number
  pauseMilliseconds: number
}
export type ToServer =
  | Begin
  | { is: 'arm'; point: Point | undefined }
  | { is: 'quiet' }
  | { is: 'settle'; ids: readonly string[] }
export type FromServer =
  | { is: 'ready' }
  | { is: 'hit'; point: Point }
  | { is: 'stored'; connection: string }
  | { is: 'tally'; tally: Tally }
  | { is: 'settled'; works: string[]; dead: string[]; open: Record<string, number> }

export interface Tally {
  calls: number
  failed: Record<string, number>
  longestMilliseconds: number
}

const name = process.env.CHAOS_NAME ?? ''
const { config } = loadConfig(process.env, process.cwd())
const log = createLogger({
  level: (process.env.CHAOS_LOG ?? 'error') as 'error',
  format: 'json',
  clock: systemClock,
  write: (line) => process.stderr.write(`${name} ${line}`),
})

let armed: Point | undefined
const never = new Promise<never>(() => undefined)

function isHit(point: Point): boolean {
  if (armed !== point) return false
  armed = undefined
  return true
}

async function dieAt(point: Point): Promise<void> {
  if (!isHit(point)) return
  tell({ is: 'hit', point }, () => process.kill(process.pid, 'SIGKILL'))
  await never
}

/** In this very instant: nothing of this process runs any more until it is woken. */
function stopAt(point: Point): void {
  if (!isHit(point)) return
  tell({ is: 'hit', point })
  process.kill(process.pid, 'SIGSTOP')
}

function tell(message: FromServer, done?: () => void): void {
  process.send?.(message, undefined, {}, () => done?.())
}

const send = createSend(createGuard({ allowed: config.allowedHosts ?? [] }))
const hurt: Send = async (request, how) => {
  if (!request.url.endsWith('/token')) return send(request, how)
  await dieAt('intent')
  stopAt('stop before the check')
  const stopSoon = armed === 'stop after sending'
  const answer = await send(
    { ...request, headers: { ...request.headers, 'x-server': name } },
    {
      atLast: () => {
        how?.atLast?.()
        stopAt('stop after the check')
        if (stopSoon) setTimeout(() => stopAt('stop after sending'), 2)
      },
    },
  )
  await dieAt('exchange')
  return answer
}

const app = await createApp({
  config,
  clock: systemClock,
  log,
  version: 'chaos',
  publicUrl: () => 'http://127.0.0.1',
  outside: { send: hurt },
})
const { put } = app.vault
app.vault.put = async (ref, value) => {
  await put(ref, value)
  if (ref.field !== 'credential') return
  tell({ is: 'stored', connection: ref.ownerId })
  await dieAt('vault')
}

const tally: Tally = { calls: 0, failed: {}, longestMilliseconds: 0 }
let isQuiet = false
const dead = new Set<string>()

async function uses(of: Usable, api: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${of.values.accessToken?.reveal()}` }
  // A line that was kept open may be closed by the time it is used again.
  const answer = await fetch(api, { headers }).catch(() => fetch(api, { headers }))
  await answer.arrayBuffer()
  return answer.status === 200
}

/** As the broker does it: once more with a fresh token after an unexpected 401. */
async function call(workspaceId: string, id: string, api: string): Promise<string> {
  try {
    const { usable } = app.connections
    const first = await usable(workspaceId, id)
    if (await uses(first, api)) return 'ok'
    return (await uses(await usable(workspaceId, id, { rejected: first }), api)) ? 'ok' : 'refused twice'
  } catch (error) {
    if (error instanceof Problem) return error.code
    log.error('a fault', { error })
    return `fault: ${(error as Error).message}`
  }
}

async function caller({ workspaceId, connections, api, pauseMilliseconds }: Begin): Promise<void> {
  const hot = connections.slice(-Math.ceil(connections.length / 50))
  while (!isQuiet) {
    const from = Math.random() < 0.3 ? hot : connections
    const id = from[Math.floor(Math.random() * from.length)]!
    if (!dead.has(id)) {
      const began = performance.now()
      const came = await call(workspaceId, id, api)
      tally.calls++
      tally.longestMilliseconds = Math.max(tally.longestMilliseconds, performance.now() - began)
      if (came !== 'ok') tally.failed[came] = (tally.failed[came] ?? 0) + 1
      if (came === 'connection.not_usable') dead.add(id)
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * pauseMilliseconds))
  }
}

async function settle(ids: readonly string[], { workspaceId, api }: Begin): Promise<void> {
  const works: string[] = []
  const ended: string[] = []
  const open: Record<string, number> = {}
  const rest = ids.values()
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const id of rest) {
        const came = await call(workspaceId, id, api)
        if (came === 'ok') works.push(id)
        else if (came === 'connection.not_usable') ended.push(id)
        else open[came] = (open[came] ?? 0) + 1
      }
    }),
  )
  tell({ is: 'settled', works, dead: ended, open })
}

let begun: Begin | undefined
process.on('message', (message: ToServer) => {
  if (message.is === 'arm') armed = message.point
  if (message.is === 'quiet') {
    isQuiet = true
    armed = undefined
  }
  if (message.is === 'settle' && begun) settle(message.ids, begun)
  if (message.is === 'begin') {
    begun = message
    for (let one = 0; one < message.callers; one++) caller(message)
  }
})
process.on('SIGTERM', () => {
  isQuiet = true
  app.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
process.on('disconnect', () => process.exit(1))
setInterval(() => tell({ is: 'tally', tally }), 500).unref()
tell({ is: 'ready' })
