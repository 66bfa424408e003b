import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseName } from '../database.ts'
import { hasSmartHttp, smartHttp } from '../proxy/smart-http.ts'
import { type LedHouse, ledHouse } from './led-house.ts'
import { KEYS, vendors } from './vendors.ts'

/** What the guide says to type is typed, top to bottom in one shell, against a server of its own; `console` blocks are only shown. */
const root = join(import.meta.dirname, '../../../..')
const hasTools = ['jq', 'curl', 'git'].every((tool) => spawnSync(tool, ['--version']).status === 0)

interface Block {
  language: 'sh' | 'ts'
  text: string
  line: number
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, 'docs/guide', page), 'utf8')
  return [...text.matchAll(/^```(sh|ts)\n([\s\S]*?)^```$/gm)].map((found) => ({
    language: found[1] as Block['language'],
    text: found[2]!,
    line: text.slice(0, found.index).split('\n').length,
  }))
}

describe.skipIf(!hasTools || !hasSmartHttp)(`the guide to using a connection, on ${databaseName}`, () => {
  let house: LedHouse
  let folder: string
  let environment: NodeJS.ProcessEnv
  const refused: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cardea-guide-'))
    const git = smartHttp(folder)
    const password = 'a-token-of-the-git-server-1'
    house = await ledHouse(
      {
        ...vendors(refused),
        'https://git.example.com': (request, response) => {
          const isKnown = request.headers.authorization === `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`
          if (isKnown) git(request, response)
          else response.writeHead(401).end()
        },
      },
      { CARDEA_SANDBOX: '1', CARDEA_SANDBOX_PORT: '0' },
    )
    const { ada, app, url } = house
    const { client } = ada
    const made = async (provider: string, method: string, credential: Record<string, string>, settings = {}) =>
      (await client.connections.create({ provider, method, credential, settings }, { skipTest: true })).id
    await made('openai', 'api_key', { token: KEYS.openai })
    await made('anthropic', 'api_key', { key: KEYS.anthropic })
    await made('github', 'token', { token: KEYS.github })
    const gitServer = { server: 'https://git.example.com', user: 'ada' }
    const gitConnection = await made('http_basic', 'password', { password }, gitServer)
    await aRepository(join(folder, 'acme/site.git'))
    const home = await (await fetch(`${app.app.sandbox!.issuer}/`)).text()
    // What the reader has exported, who connects as they mint.
    environment = {
      PATH: process.env.PATH,
      HOME: folder,
      CARDEA: url,
      KEY: (await app.key(ada, 'admin')).token,
      SANDBOX_KEY: /sbx_[\w-]{32}/.exec(home)![0],
      GIT_CONNECTION: gitConnection,
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    }
    for await (const { id, visibility } of client.connections.list()) {
      if (visibility === 'private') await client.connections.change(id, { visibility: 'workspace' })
    }
  })
  afterAll(async () => {
    await house?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function aRepository(at: string): Promise<void> {
    mkdirSync(at, { recursive: true })
    const git = (...words: string[]) => expect(spawnSync('git', ['-C', at, ...words]).status).toBe(0)
    git('init', '-q', '--bare', '-b', 'main')
    git('config', 'http.receivepack', 'true')
    const tree = spawnSync('git', ['-C', at, 'mktree'], { input: '' }).stdout.toString().trim()
    const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
    const commit = spawnSync('git', ['-C', at, ...author, 'commit-tree', tree, '-m', 'first'])
      .stdout.toString()
      .trim()
    git('update-ref', 'refs/heads/main', commit)
  }

  /** One shell for all, in which a refused call ends everything. */
  async function typed(blocks: readonly Block[], page: string): Promise<{ status: number; output: string }> {
    const work = mkdtempSync(join(folder, 'work-'))
    symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'))
    const lines = ['set -euo pipefail', `cd ${work}`, 'curl() { command curl --fail-with-body "$@"; }']
    for (const { language, text, line } of blocks) {
      lines.push(`echo; echo "── ${page}:${line}"`)
      if (language === 'sh') lines.push(text)
      else {
        writeFileSync(join(work, `${line}.ts`), text)
        lines.push(`"${process.execPath}" ${work}/${line}.ts`)
      }
    }
    const shell = spawn('bash', ['-c', lines.join('\n')], { env: environment })
    let output = ''
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    const [status] = (await once(shell, 'close')) as [number]
    return { status, output }
  }

  it('works as it is written', async () => {
    const blocks = blocksOf('using-a-connection.md')
    expect(blocks.length).toBeGreaterThan(6)
    const { status, output } = await typed(blocks, 'using-a-connection.md')
    expect(status, output).toBe(0)
    expect(refused).toEqual([])
    for (const said of [
      '"email":"ada@sandbox.example"',
      '"text":"buy milk"',
      '\n************************************\n',
      'call_81\tGET\t',
      '\npaused\n',
      'fetch ada',
      'Doors open by themselves.',
      '3 issues',
    ]) {
      expect(output).toContain(said)
    }
    const log = spawnSync('git', ['-C', join(folder, 'acme/site.git'), 'log', '--format=%s', 'main']).stdout.toString()
    expect(log).toBe('A line\nfirst\n')
  }, 60_000)

  it('finds a block that does not work', async () => {
    const wrong = { language: 'sh' as const, text: 'curl -s $CARDEA/v1/nowhere | cat', line: 1 }
    expect((await typed([wrong], 'a test')).status).not.toBe(0)
  })

  it('leads to pages that are there', () => {
    for (const page of ['using-a-connection.md', 'hop-threat-model.md']) {
      const text = readFileSync(join(root, 'docs/guide', page), 'utf8')
      for (const [, link] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
        expect(() => readFileSync(join(root, 'docs/guide', link!)), `${page}: ${link}`).not.toThrow()
      }
    }
  })
})
