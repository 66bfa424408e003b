import { testApp } from '../app.ts'
const app = await testApp({ logLevel: 'error' })
const ada = await app.setUp()
const b = await app.neighbour(ada)
const hold = app.app.store.snapshot(async (db) => { await db.selectFrom('members').selectAll().execute(); await new Promise((r) => setTimeout(r, 1500)) })
await new Promise((r) => setTimeout(r, 100))
let t = performance.now()
await b.client.workspace.delete()
console.log('delete while a snapshot is open', Math.round(performance.now() - t), 'ms')
await hold
await app.close()
