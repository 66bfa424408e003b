import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { floors, longFiles, mayReveal, readSources, type Source, violations } from './architecture.ts'

const folder = join(import.meta.dirname, '../src')
const servicesFolder = join(import.meta.dirname, '../../catalog/src/services')
const sources = readSources(folder)
const serviceIds = existsSync(servicesFolder)
  ? readdirSync(servicesFolder).map((name) => name.replace(/\.ts$/, '').replaceAll('-', '_'))
  : []

describe('the house as it stands', () => {
  it('keeps every rule', () => {
    expect(
      violations(sources, serviceIds).map(({ rule, path, line, detail }) => `${path}:${line} [${rule}] ${detail}`),
    ).toEqual([])
  })

  it('lists no file that is not there, and none that no longer needs the exception', () => {
    const paths = sources.map(({ path }) => path)
    expect(Object.keys(longFiles).filter((path) => !paths.includes(path))).toEqual([])
    const revealing = sources.filter(({ text }) => /\.reveal(Bytes)?\(/.test(text)).map(({ path }) => path)
    expect(Object.keys(mayReveal).filter((path) => !revealing.includes(path))).toEqual([])
  })

  it('has a floor only for rooms of the plan', () => {
    expect(Math.max(...Object.values(floors))).toBe(11)
  })
})

describe('each rule notices a planted violation', () => {
  const plant = (path: string, text: string): string[] =>
    violations([...sources.filter((source) => source.path !== path), { path, text } satisfies Source], ['slack', 'box'])
      .filter((violation) => violation.path === path)
      .map(({ rule }) => rule)

  it.each([
    ['an import that points up', 'store/planted.ts', `import { createVault } from '../vault/vault.ts'\n`, 'import'],
    [
      'an import that points sideways',
      'audit/planted.ts',
      `import { createVault } from '../vault/vault.ts'\n`,
      'import',
    ],
    ['a late import that points up', 'vault/planted.ts', `const { x } = await import('../http/http.ts')\n`, 'import'],
    ['a type import that points up', 'crypto/planted.ts', `import type { Store } from '../store/store.ts'\n`, 'import'],
    ['an import past a front door', 'accounts/planted.ts', `import { x } from '../audit/chain.ts'\n`, 'front-door'],
    ['the environment read elsewhere', 'http/planted.ts', 'const port = process.env.PORT\n', 'environment'],
    ['the clock read elsewhere', 'audit/planted.ts', 'const at = Date.now()\n', 'clock'],
    ['a timer started elsewhere', 'audit/planted.ts', 'setTimeout(work, 10)\n', 'clock'],
    ['a fetch elsewhere', 'accounts/planted.ts', `const answer = await fetch('https://example.com')\n`, 'fetch'],
    ['SQL elsewhere', 'accounts/planted.ts', `await db.selectFrom('members').execute()\n`, 'sql'],
    ['a secret opened elsewhere', 'http/planted.ts', 'reply(secret.reveal())\n', 'reveal'],
    ['a file called utils', 'http/utils.ts', 'export const x = 1\n', 'file-name'],
    ['a folder called helpers', 'http/helpers/x.ts', 'export const x = 1\n', 'file-name'],
    ['a file with capitals', 'http/myRoute.ts', 'export const x = 1\n', 'file-name'],
    ['a room that nobody planned', 'attic/attic.ts', 'export const x = 1\n', 'room'],
    ['a class called Manager', 'http/planted.ts', 'export class TokenManager {}\n', 'name'],
    ['a swallowed error', 'http/planted.ts', 'try {\n  x()\n} catch {}\n', 'swallowed'],
    ['a file of 401 lines', 'http/planted.ts', '//\n'.repeat(401), 'length'],
    ['a service named in the engine', 'http/planted.ts', `if (id === 'slack') x()\n`, 'service'],
    ['a provider compared with a service', 'http/planted.ts', `if (provider === 'box') x()\n`, 'service'],
  ])('%s', (_what, path, text, rule) => {
    expect(plant(path, text)).toContain(rule)
  })

  it('an import cycle', () => {
    const pair = [
      { path: 'http/one.ts', text: `import type { Two } from './two.ts'\n` },
      { path: 'http/two.ts', text: `import { one } from './one.ts'\n` },
    ]
    expect(violations(pair).map(({ rule }) => rule)).toEqual(['cycle'])
  })

  it('and says nothing of what is allowed', () => {
    expect(
      plant(
        'accounts/planted.ts',
        `import { seal } from '../crypto/seal.ts'\nimport type { Audit } from '../audit/audit.ts'\n`,
      ),
    ).toEqual([])
    expect(plant('http/planted.ts', `const kind = 'box'\n// process.env is not read here\n`)).toEqual([])
  })
})
