import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const script = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
  const { createAccounts } = await import('${new URL('../../src/accounts/accounts.ts', import.meta.url).href}')
  const { openStore } = await import('${new URL('../../src/store/store.ts', import.meta.url).href}')
  const { systemClock } = await import('${new URL('../../src/clock.ts', import.meta.url).href}')
  const { mkdtempSync, rmSync } = await import('node:fs')
  const folder = mkdtempSync('/tmp/cardea-test-')
  const store = await openStore({ file: folder + '/cardea.db' })
  const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet }
  const accounts = createAccounts({
    store, clock: systemClock, log: quiet, audit: { record: async () => {} }, sessionKey: async () => { throw new Error('not needed') },
    publicUrl: () => 'http://127.0.0.1:4780', sessionHours: 1, signInAttempts: 5, jwtIssuers: [],
  })
  await accounts.setup.link()
  await accounts.identify({})
  await accounts.prune()
  await store.close()
  rmSync(folder, { recursive: true })
  console.log(JSON.stringify(loaded.filter((url) => /better-auth|better-call|\\/jose\\//.test(url) && !url.includes('/src/accounts/'))))
`

describe('what accounts load', () => {
  it('is neither better-auth nor jose before somebody signs in or brings a JWT', () => {
    const answer = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
    expect(JSON.parse(answer)).toEqual([])
  })
})
