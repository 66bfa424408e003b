/** A server in a process of its own that says what it has loaded, how long that took and what it weighs, and stops. */
import { registerHooks } from 'node:module'

const loaded: string[] = []
registerHooks({
  resolve: (specifier, context, next) => {
    loaded.push(specifier)
    return next(specifier, context)
  },
})
const began = performance.now()
const { loadConfig } = await import('../../src/config/config.ts')
const { startServer } = await import('../../src/cli/server.ts')
const server = await startServer(loadConfig().config, { listen: true })
const milliseconds = Math.round(performance.now() - began)
const megabytes = Math.round(process.memoryUsage().rss / 1e6)
const { sandbox } = server.app
await server.close()
const after = sandbox && (await fetch(sandbox.issuer).then(String, () => 'closed'))
console.log(JSON.stringify({ loads: loaded.includes('oidc-provider'), milliseconds, megabytes, after }))
