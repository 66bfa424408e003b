import { writeSync } from 'node:fs'
import { brokerHouse, HOST } from './house.ts'

/** Claims a use of a token, and is killed before it could send anything: folder, file, address or ''. */
const [folder, file, url] = process.argv.slice(2) as [string, string, string]
const database = { folder, file, ...(url ? { url } : {}), drop: async () => {} }
const here = await brokerHouse({ database })
const connection = await here.connect()
const key = await here.app.key(here.ada, 'admin')
const { id, token } = await here.mint({ connections: [connection], uses: 3 })
const passage = await here.redeem(token, connection)
await here.broker.use(passage, { version: 1, host: HOST, method: 'GET', path: '/user' })
writeSync(1, `${JSON.stringify({ id, token: token.reveal(), connection, key: key.token })}\n`)
process.kill(process.pid, 'SIGKILL')
