import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeService } from '../../../../scripts/new-service.ts'
import { commands } from '../../src/cli/commands.ts'
import { flagOf } from '../../src/cli/interview.ts'
import { type Draft, draftService, questions, readDefinition } from '../../src/services/services.ts'
import { freshDatabase } from '../database.ts'
import { runCli } from '../server.ts'

const draft: Draft = {
  id: 'acme_crm',
  name: "Acme's CRM",
  category: 'crm',
  docs: 'https://acme.example.com/docs',
  baseUrl: 'https://api.acme.example.com/',
  method: 'bearer',
  key: 'X-Api-Key',
  authorizeUrl: 'https://acme.example.com/oauth/authorize',
  tokenUrl: 'https://acme.example.com/oauth/token',
  scope: 'profile:read',
  check: '/v1/me',
  account: 'data.id',
}
const methods = questions.find(({ name }) => name === 'method')!.choices as Draft['method'][]

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'cardea-drafts-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

describe('a draft', () => {
  it.each(methods)('for %s becomes a file of the catalog that says the same', async (method) => {
    const copy = folder()
    cpSync(join(import.meta.dirname, '../../../catalog/src'), join(copy, 'src'), { recursive: true })
    const file = writeService({ ...draft, method }, copy, '2026-11-20')
    const made = (await import(/* @vite-ignore */ file)) as Record<string, unknown>
    expect(made.acme_crm).toEqual(draftService({ ...draft, method }, '2026-11-20'))
    const list = readFileSync(join(copy, 'src/services.ts'), 'utf8').trimEnd().split('\n').slice(1)
    expect(list).toContain(`export { acme_crm } from './services/acme_crm.ts'`)
    expect(list).toEqual(list.toSorted())
    expect(() => writeService({ ...draft, method }, copy, '2026-11-20')).toThrow('exists already')
  })

  it('has an option for each question', () => {
    const { options } = commands.find(({ words }) => words.join(' ') === 'service new')!
    expect(Object.keys(options!).filter((name) => name !== 'folder')).toEqual(questions.map(({ name }) => flagOf(name)))
  })
})

describe('cardea service new', () => {
  const words = (given: Partial<Draft>) =>
    Object.entries(given).flatMap(([name, value]) => [`--${flagOf(name)}`, String(value)])
  const run = async (extra: string[]) => {
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    return runCli(['service', 'new', ...extra], database)
  }

  it.each(methods)('writes a definition for %s that passes the rules, with no terminal', async (method) => {
    const where = folder()
    const done = await run([...words({ ...draft, method }), '--folder', where, '--json'])
    expect(done).toMatchObject({ status: 0, stderr: '' })
    const { file } = JSON.parse(done.stdout) as { file: string }
    expect(file).toBe(join(where, 'acme_crm.yaml'))
    const read = readDefinition('acme_crm', readFileSync(file, 'utf8'), 'yaml')
    expect(read).toEqual(draftService({ ...draft, method }, read.verified.on))
  })

  it('names every answer that is missing', async () => {
    expect(await run(words({ id: 'acme' }))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('say --docs, --base-url, or run this on a terminal'),
    })
  })

  it('writes nothing when the answers break a rule, and nothing over another file', async () => {
    const where = folder()
    const wrong = await run([...words({ ...draft, baseUrl: 'http://127.0.0.1' }), '--folder', where])
    expect(wrong).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('baseUrl') })
    expect((await run([...words(draft), '--folder', where])).status).toBe(0)
    expect(await run([...words(draft), '--folder', where])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('exists already'),
    })
  })

  it('is listed with the others once it is in the folder', async () => {
    const where = folder()
    expect((await run([...words(draft), '--folder', where])).status).toBe(0)
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    const listed = await runCli(['service', 'list', 'crm'], database, { CARDEA_SERVICES_DIR: where })
    expect(listed.status).toBe(0)
    expect(listed.stdout).toMatch(/^acme_crm +Acme's CRM +crm +token +from the folder$/m)
    expect(listed.stdout).toMatch(/^salesforce /m)
  })
})
