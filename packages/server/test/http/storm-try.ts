import fc from 'fast-check'
import { testApp } from '../app.ts'
import type { OpenApi } from '../../src/http/openapi.ts'
import { attacks, createCast, judge } from './fuzz.ts'
const app = await testApp({ logLevel: 'error', environment: { CARDEA_SIGN_IN_ATTEMPTS: '1000' } })
const cast = await createCast(app)
const api = (await (await fetch(`${app.url}/openapi.json`)).json()) as OpenApi
const all = fc.sample(attacks(api), { numRuns: 6000, seed: Number(process.argv[2] ?? 1) })
const statuses: Record<string, number> = {}
let n = 0
await Promise.all(Array.from({ length: 24 }, async () => {
  for (;;) {
    const attack = all[n++]
    if (!attack) return
    try {
      const answer = await cast.send(attack)
      const text = await answer.text()
      cast.learn(text)
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
      const wrong = await judge(api, attack, answer, text)
      if (wrong) console.log(wrong, attack.method, attack.path, answer.status, text.slice(0, 300), app.logged.at(-1)?.slice(0, 1500))
    } catch (error) { console.log('threw', attack.method, attack.path, String(error)) }
  }
}))
console.log(statuses, app.logged)
await app.close()
