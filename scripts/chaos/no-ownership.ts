// Given to node with --import: nobody asks any more whether a renewal is theirs.
import { registerHooks } from 'node:module'

const nobody = `export const openOwnership = () => ({
  own: async (_name, work) => ({ done: await work({ sure: () => undefined }) }),
  close: async () => undefined,
})`

registerHooks({
  load: (url, context, next) =>
    url.endsWith('/store/ownership.ts') ? { format: 'module', source: nobody, shortCircuit: true } : next(url, context),
})
