// What it costs to search an answer for the secrets of a connection: nanoseconds a byte and MB/s for three bodies, beside a plain copy and
// beside `replaceAll` of each spelling over a string, which knows neither chunks nor mixed escapes. One process, one core.
import { createScrubber } from '../../packages/server/src/scrub/scrub.ts'
import { Secret } from '../../packages/server/src/secret.ts'

const MB = 2 ** 20
const CHUNK = 65_536
/** What the aims of the hop allow. */
const AIM = { nanosecondsPerByte: 1, microsecondsPerCall: 3 }

const tokens = [
  'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOHcBrzygy',
  'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.NHVaYe26Mbt',
]

interface Body {
  name: string
  chunks: Buffer[]
  rounds: number
}

function json(bytes: number): Buffer {
  const rows: string[] = []
  for (let at = 0, length = 0; length < bytes; at++) {
    const row = JSON.stringify({
      id: `msg_${(at * 7919).toString(36)}`,
      created_at: new Date(1.7e12 + at * 86_400_123).toISOString(),
      author: { name: `Jane "JD" Doe ${at}`, url: `https://api.example.com/v1/users/${at}?expand=a%20b&x=1` },
      text: 'The quick brown fox\njumps over the lazy dog, and the monkey keeps the key. Grüße & so on.',
      reactions: [1, 22, 333, at],
      etag: (at * 2_654_435_761).toString(16).padStart(16, '0'),
    })
    rows.push(row)
    length += row.length + 1
  }
  return Buffer.from(`[${rows.join(',')}]`).subarray(0, bytes)
}

function noise(bytes: number): Buffer {
  const out = Buffer.alloc(bytes)
  for (let at = 0, state = 88_172_645; at < bytes; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[at] = state
  }
  return out
}

function chunked(body: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / CHUNK) }, (_, at) => body.subarray(at * CHUNK, (at + 1) * CHUNK))
}

const bodies: Body[] = [
  { name: '1 KB JSON', chunks: [json(1024)], rounds: 20_000 },
  { name: '1 MB JSON', chunks: chunked(json(MB)), rounds: 30 },
  { name: '1 MB of \\u escapes', chunks: chunked(Buffer.from('\\u4e2d\\u6587'.repeat(MB / 12))), rounds: 20 },
  { name: '64 MB binary', chunks: chunked(noise(64 * MB)), rounds: 1 },
]

const scrubber = createScrubber(Object.fromEntries(tokens.map((token, at) => [`token${at}`, Secret.of(token)])))
const spellings = tokens.flatMap((token) => {
  const alignments = [0, 1, 2].map((before) =>
    Buffer.from(' '.repeat(before) + token)
      .toString('base64')
      .slice(2, -4),
  )
  return [
    token,
    encodeURIComponent(token),
    JSON.stringify(token).slice(1, -1),
    Buffer.from(token).toString('hex'),
    ...alignments,
  ]
})

const ways: Record<string, (chunks: Buffer[]) => number> = {
  scrubbed: (chunks) => {
    const stream = scrubber.stream()
    let length = 0
    for (const chunk of chunks) length += stream.push(chunk).byteLength
    return length + stream.end().byteLength
  },
  copied: (chunks) => {
    let length = 0
    for (const chunk of chunks) length += Buffer.from(chunk).byteLength
    return length
  },
  replaceAll: (chunks) => {
    let length = 0
    for (const chunk of chunks) {
      let text = chunk.toString('latin1')
      for (const spelling of spellings) text = text.replaceAll(spelling, '*')
      length += Buffer.from(text, 'latin1').byteLength
    }
    return length
  },
}

/** The best of several rounds: what else the machine does can only add. */
function nanosecondsPerCall(way: (chunks: Buffer[]) => number, { chunks, rounds }: Body): number {
  let best = Number.POSITIVE_INFINITY
  for (let repeat = 0; repeat < 7; repeat++) {
    const began = process.hrtime.bigint()
    for (let round = 0; round < rounds; round++) way(chunks)
    best = Math.min(best, Number(process.hrtime.bigint() - began) / rounds)
  }
  return best
}

const headers = Array.from({ length: 20 }, (_, at) => [
  `X-Header-Number-${at}`,
  `value of it; max-age=${at * 1000}; a=b`,
]).flat()
for (let warm = 0; warm < 20_000; warm++) {
  ways.scrubbed!([bodies[0]!.chunks[0]!])
  scrubber.headers(headers)
}

const rows = bodies.flatMap((body) => {
  const bytes = body.chunks.reduce((total, chunk) => total + chunk.byteLength, 0)
  return Object.entries(ways).map(([way, work]) => {
    const nanoseconds = nanosecondsPerCall(work, body)
    return {
      body: body.name,
      way,
      'ns/byte': Number((nanoseconds / bytes).toFixed(3)),
      'MB/s': Math.round((bytes / MB / nanoseconds) * 1e9),
      'µs/call': Number((nanoseconds / 1000).toFixed(2)),
    }
  })
})
const ofHeaders = nanosecondsPerCall(() => scrubber.headers(headers).length, { name: '', chunks: [], rounds: 20_000 })

if (process.argv.includes('--json')) console.log(JSON.stringify({ rows, headersMicroseconds: ofHeaders / 1000 }))
else {
  console.table(rows)
  console.log(`20 headers: ${(ofHeaders / 1000).toFixed(2)} µs`)
  console.log(
    `aims: ${AIM.nanosecondsPerByte} ns a byte in large bodies, ${AIM.microsecondsPerCall} µs for 1 KB of JSON with two secrets`,
  )
}
