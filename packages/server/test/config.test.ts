import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../src/config/config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cardea-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const mistakes = (environment: Record<string, string>): readonly string[] => {
  try {
    loadConfig(environment, folder)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

describe('the configuration', () => {
  it('has defaults for an empty environment', () => {
    const { config } = loadConfig({}, folder)
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4780,
      dataDir: join(homedir(), '.cardea'),
      audit: 'strict',
    })
    expect(config.databaseUrl).toBeUndefined()
  })

  it('prefers the environment to the file, and the file to the default', () => {
    write('cardea.config.yaml', 'port: 5000\nlogLevel: debug\n')
    expect(loadConfig({ CARDEA_PORT: '6000' }, folder).config).toMatchObject({
      port: 6000,
      logLevel: 'debug',
      host: '127.0.0.1',
    })
  })

  it('reads JSON, and a file named by CARDEA_CONFIG', () => {
    const path = write('elsewhere.json', '{ "port": 5001 }')
    expect(loadConfig({ CARDEA_CONFIG: path }, folder).config.port).toBe(5001)
  })

  it('reads a value from the file that a _FILE twin names, without its last line end', () => {
    const path = write('url', 'postgres://cardea:hunter2@db/cardea\n')
    expect(loadConfig({ DATABASE_URL_FILE: path }, folder).config.databaseUrl?.reveal()).toBe(
      'postgres://cardea:hunter2@db/cardea',
    )
  })

  it('reports every mistake at once', () => {
    write('cardea.config.yaml', 'prot: 1\nhost: "a b"\n')
    expect(
      mistakes({
        CARDEA_PORT: '70000',
        CARDEA_LOG_LEVEL: 'loud',
        CARDEA_PUBLIC_URL: 'ftp://x',
        CARDEA_PROT: '1',
        DATABASE_URL: 'x',
        DATABASE_URL_FILE: '/nowhere',
      }),
    ).toEqual([
      expect.stringContaining('there is no setting "prot"; did you mean port?'),
      expect.stringMatching(/cardea\.config\.yaml: host: must be an IP address/),
      'CARDEA_PORT: must be a whole number from 0 to 65535',
      expect.stringContaining('CARDEA_PUBLIC_URL: must be an address that starts with http://'),
      'DATABASE_URL: DATABASE_URL_FILE is set too; keep one of them',
      expect.stringContaining('DATABASE_URL: must be an address'),
      expect.stringContaining('CARDEA_LOG_LEVEL: must be one of'),
      'CARDEA_PROT: there is no such setting; did you mean CARDEA_PORT?',
    ])
  })

  it.each([
    ['a missing file', { CARDEA_CONFIG: '/nowhere/cardea.yaml' }, 'there is no such file'],
    ['a folder for a file', { DATABASE_URL_FILE: tmpdir() }, 'is not a file'],
    ['a number with a tail', { CARDEA_PORT: '80x' }, 'must be a whole number'],
    ['issuers that are no JSON', { CARDEA_JWT_ISSUERS: '[' }, 'must be JSON'],
    ['issuers with a field missing', { CARDEA_JWT_ISSUERS: '[{"issuer":"https://i"}]' }, 'audience'],
    [
      'issuers with a role of no kind',
      {
        CARDEA_JWT_ISSUERS:
          '[{"issuer":"https://i","audience":"a","claims":{"workspace":"w","role":"r"},"roles":{"x":"root"}}]',
      },
      'roles.x',
    ],
  ])('refuses %s', (_what, environment, expected) => {
    expect(mistakes(environment).join('\n')).toContain(expected)
  })

  it('refuses a configuration file that is a list, and one that grows when it is read', () => {
    write('cardea.config.yaml', '- 1\n')
    expect(mistakes({}).join()).toContain('must hold names and values')
    write('cardea.config.yaml', 'a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n')
    expect(mistakes({}).join()).toMatch(/alias/i)
  })

  it('shows secrets to nobody: not in settings, not in mistakes, not when inspected', () => {
    const planted = 'postgres://u:PLANTED@db/x'
    const loaded = loadConfig({ DATABASE_URL: planted }, folder)
    expect(JSON.stringify(loaded)).not.toContain('PLANTED')
    expect(loaded.settings.find(({ name }) => name === 'databaseUrl')?.shown).toBe('(secret)')
    expect(mistakes({ DATABASE_URL: 'mysql://u:PLANTED@db/x' }).join()).not.toContain('PLANTED')
  })
})
