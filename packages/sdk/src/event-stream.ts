import type { Call, CallOptions } from './call.ts'
import { CardeaProblem } from './problem.ts'
import type { CardeaEvent, FollowEvents } from './wire.ts'

/** While nothing happens the server says so every 15 seconds: who has heard nothing for longer has lost the line. */
const SILENCE_MILLISECONDS = 45_000
const PAUSE_MILLISECONDS = 1000
const LONGEST_PAUSE_MILLISECONDS = 30_000

/**
 * Events as they happen, for `for await`. Comes back by itself, behind the last event it gave, when the line breaks; throws what the
 * server refuses. Ends when the loop is left or the signal aborts.
 */
export async function* followEvents(
  call: Call,
  { types, after }: FollowEvents,
  options: CallOptions = {},
): AsyncGenerator<CardeaEvent, void> {
  let last = after
  let failures = 0
  while (!options.signal?.aborted) {
    try {
      const query = { after: last, types: types?.join(',') }
      const stream = await call.stream({ method: 'GET', path: '/v1/events/stream', query, options })
      for await (const event of readEvents(stream, options.signal)) {
        failures = 0
        last = event.id
        yield event
      }
    } catch (error) {
      if (options.signal?.aborted) return
      const isRefused = error instanceof CardeaProblem && error.status >= 400 && error.status < 500
      if (isRefused && error.status !== 429) throw error
    }
    const pause = Math.min(PAUSE_MILLISECONDS * 2 ** failures++, LONGEST_PAUSE_MILLISECONDS)
    await wait(pause * (0.5 + Math.random() / 2), options.signal)
  }
}

async function* readEvents(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<CardeaEvent, void> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => void reader.cancel().catch(() => undefined)
  signal?.addEventListener('abort', stop, { once: true })
  let text = ''
  try {
    for (;;) {
      timer = setTimeout(stop, SILENCE_MILLISECONDS)
      const { done, value } = await reader.read()
      clearTimeout(timer)
      if (done) return
      text += decoder.decode(value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const data = block.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []))
        if (data.length > 0) yield JSON.parse(data.join('\n')) as CardeaEvent
      }
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    stop()
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done, { once: true })
  })
}
