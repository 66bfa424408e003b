import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestDatabase } from '../../packages/server/test/database.ts'
import type { ChaosOptions } from './chaos.ts'
import type { Begin, FromServer, Point, Tally, ToServer } from './server.ts'
import { serverEnvironment } from './set-up.ts'
import type { GivenAnswer, Lost, TokenServer } from './token-server.ts'

/** The servers, each a process of its own: started again when they are killed, and woken after they were stopped. */
export interface Servers {
  all: readonly Server[]
  /** Neither stopped nor dead. */
  up(): Server[]
  /** Starts what was killed; complains of what ended by itself. */
  revive(): void
  stop(server: Server, at: Server['stopped']): void
  lostWith(answer: GivenAnswer): Lost | undefined
  tallies(): Tally[]
  hits: Readonly<Record<string, number>>
  hit(what: string): void
}

export interface Server {
  /** Another one each time it is started. */
  life: string
  child: ChildProcess
  ready: Promise<void>
  tally: Tally
  stopped: Point | 'anywhere' | undefined
}

/** Between an answer and its being stored, at most, where nobody stands still. */
const STORED_WITHIN = 5000
const CLOCK = 5 * 60_000

interface Life {
  diedAt?: number
  stops: { from: number; to?: number }[]
}

/** The servers are started by `revive`. */
export function createServers(of: {
  options: ChaosOptions
  database: TestDatabase
  tokens: () => TokenServer
  begin: () => Begin
}): Servers {
  const { options, database, tokens, begin } = of
  const lives = new Map<string, Life>()
  const all: Server[] = []
  const buried: Tally[] = []
  const hits: Record<string, number> = {}
  let numbers: Map<string, number> | undefined
  const hit = (what: string) => {
    hits[what] = (hits[what] ?? 0) + 1
  }

  function start(number: number): Server {
    const life = `server-${number}-${Math.random().toString(36).slice(2, 8)}`
    const preload = ['other-clock.ts', ...(options.withoutOwnership ? ['no-ownership.ts'] : [])]
    const child = fork(join(import.meta.dirname, 'server.ts'), {
      execArgv: preload.flatMap((file) => ['--import', join(import.meta.dirname, file)]),
      env: {
        ...serverEnvironment(database, tokens(), number),
        CHAOS_NAME: life,
        // The second is right, its neighbours are five minutes off; one that is alone is set with every start.
        CHAOS_CLOCK_MILLISECONDS: String((options.servers === 1 ? (lives.size % 3) - 1 : number - 1) * CLOCK),
        PGAPPNAME: life,
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const isReady = Promise.withResolvers<void>()
    const tally = { calls: 0, failed: {}, longestMilliseconds: 0 }
    const server: Server = { life, child, ready: isReady.promise, tally, stopped: undefined }
    lives.set(life, { stops: [] })
    child.on('message', (message: FromServer) => {
      if (message.is === 'ready') {
        tell(child, begin())
        isReady.resolve()
      }
      if (message.is === 'tally') server.tally = message.tally
      if (message.is === 'hit') {
        hit(message.point)
        if (message.point.startsWith('stop')) stop(server, message.point)
      }
      if (message.is === 'stored') stored(message.connection, life)
    })
    child.once('exit', () => {
      lives.get(life)!.diedAt = Date.now()
      isReady.resolve()
    })
    return server
  }

  /** It lies in the vault: whoever comes after has to find it there, and has no excuse. */
  function stored(connection: string, by: string): void {
    numbers ??= new Map(begin().connections.map((id, number) => [id, number]))
    const answer = tokens().grants[numbers.get(connection)!]?.answer
    if (answer?.by === by) answer.isSeen = true
  }

  function stop(server: Server, at: Server['stopped']): void {
    const [least, most] = options.stopSeconds
    const stopped: Life['stops'][number] = { from: Date.now() }
    lives.get(server.life)!.stops.push(stopped)
    server.stopped = at
    const wake = () => {
      stopped.to = Date.now()
      server.stopped = undefined
      server.child.kill('SIGCONT')
    }
    setTimeout(wake, (least + Math.random() * (most - least)) * 1000)
  }

  return {
    all,
    up: () => all.filter(({ stopped, child }) => !stopped && child.connected),
    revive: () => {
      for (let number = 0; number < options.servers; number++) {
        const server = all[number]
        if (server && !isOver(server.child)) continue
        if (server && server.child.signalCode !== 'SIGKILL') throw new Error(`${server.life} ended by itself`)
        if (server) buried.push(server.tally)
        all[number] = start(number)
      }
    },
    stop,
    lostWith: ({ by, at }) => {
      const life = lives.get(by)
      if (!life) return undefined
      if (life.diedAt !== undefined) return 'with a killed server'
      const stood = life.stops.some(({ from, to = Number.POSITIVE_INFINITY }) => from < at + STORED_WITHIN && to > at)
      return stood ? 'in a stopped server' : undefined
    },
    tallies: () => [...buried, ...all.map(({ tally }) => tally)],
    hits,
    hit,
  }
}

export function tell(child: ChildProcess, message: ToServer): void {
  if (child.connected) child.send(message, () => undefined)
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (isOver(child)) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
