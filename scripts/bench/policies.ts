// What it costs to ask the policies about a call: nanoseconds with none, with ten that speak of much, and with 500 of which one does. The
// aim is a microsecond with ten. Also what explaining costs, which finds words for all of it. One process, one core; nothing is judged.
import { judge, mayReach, type PassageFacts, type Policy } from '../../packages/server/src/policy/policy.ts'
import { useFacts } from '../../packages/server/src/policy/reach.ts'

const MONDAY_NOON = Date.UTC(2026, 5, 1, 12)

function policy(n: number, limits: Policy['limits'], applies: Policy['applies'] = {}): Policy {
  return { id: `pol_${n}`, name: `Rule ${n}`, enabled: true, applies, limits }
}

const ten: Policy[] = [
  policy(1, { skills: ['triage', 'release-notes', 'digest'], requireManifest: true }),
  policy(2, { hosts: ['api.example.com', '*.example.net'] }, { services: ['alpha', 'beta'] }),
  policy(3, { httpMethods: ['GET', 'POST', 'PATCH'] }, { roles: ['editor', 'viewer'] }),
  policy(
    4,
    { paths: ['/users/*', '/repos/*/*/issues/**', '/repos/*/*/pulls/**', '/search/**'] },
    { services: ['alpha'] },
  ),
  policy(5, {
    hours: { timeZone: 'Europe/Berlin', times: [{ days: ['mon', 'tue', 'wed'], from: '07:00', to: '19:30' }] },
  }),
  policy(6, { longestTokenSeconds: 600 }),
  policy(7, { budgets: [{ per: 'connection', calls: 600, every: 'minute' }] }),
  policy(8, { budgets: [{ per: 'member', calls: 5000, every: 'hour' }] }, { roles: ['editor'] }),
  policy(9, { readOnly: true }, { services: ['gamma'] }),
  policy(10, { guardedPaths: ['/repos/*/*/keys'] }),
]
const many = Array.from({ length: 499 }, (_, n) => policy(n, { readOnly: true }, { services: [`service_${n}`] }))

const passage: PassageFacts = {
  workspaceId: 'ws_1',
  connectionId: 'conn_1',
  service: 'alpha',
  method: 'token',
  owner: { id: 'usr_1', role: 'admin' },
  member: { id: 'usr_2', role: 'editor' },
  minter: { id: 'key_1', role: 'editor' },
  skill: 'triage',
  mintedAt: MONDAY_NOON - 60_000,
}
const plain = {
  method: 'GET',
  path: '/repos/cardea/cardea/issues/42/comments',
  host: 'api.example.com',
  namesHost: false,
  isGuarded: false,
}
const encoded = { ...plain, path: '/repos/cardea/a%20b/issues/42' }

function measure(name: string, work: (at: number) => unknown, rounds: number): void {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 7; round++) {
    const began = process.hrtime.bigint()
    // A thousand calls a second: the minute changes as it does in life.
    for (let n = 0; n < rounds; n++) work(MONDAY_NOON + (n % 200_000))
    best = Math.min(best, Number(process.hrtime.bigint() - began) / rounds)
  }
  console.log(`${name.padEnd(42)} ${best.toFixed(0).padStart(8)} ns a call`)
}

const none: Policy[] = []
measure('no policy, held', (at) => mayReach(none, passage, plain, at), 1_000_000)
measure('ten policies', (at) => mayReach(ten, passage, plain, at), 300_000)
measure('ten policies, an encoded path', (at) => mayReach(ten, passage, encoded, at), 100_000)
const all = [...many, ten[3]!]
measure('500 policies, of which one speaks', (at) => mayReach(all, passage, plain, at), 20_000)
measure('explaining by ten', (at) => judge(ten, useFacts(passage, plain, at)), 50_000)
