import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../src/cli/cli.ts'
import { createOutput } from '../../src/cli/output.ts'

const definition = `name: Acme
docs: https://acme.example.com/docs
category: developer
icon: { letters: Ac, colour: '#123456' }
baseUrl: https://api.acme.example.com
auth:
  oauth:
    type: oauth2
    label: Sign in
    steps: [Register an app and copy its id and secret.]
    obtain: { by: code, authorize: https://acme.example.com/authorize, token: https://acme.example.com/token }
    send: { headers: { authorization: 'Bearer {accessToken}' } }
check: { get: /me, ok: { path: ok, is: true } }
identity: { id: id }
verified: { on: '2026-11-20', by: ['https://acme.example.com/docs'] }
`

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cardea-check-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function cardea(...argv: string[]) {
  let [stdout, stderr] = ['', '']
  const stream = (write: (text: string) => void) => ({ write })
  const output = createOutput(
    stream((text) => {
      stdout += text
    }),
    stream((text) => {
      stderr += text
    }),
    false,
  )
  const code = await run(['service', 'check', ...argv], output)
  return { code, stdout, stderr }
}
async function written(text: string, name = 'acme.yaml') {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

it('passes a definition that holds together', async () => {
  const { code, stdout, stderr } = await cardea(await written(definition))
  expect(stdout).toMatch(/^acme {2}Acme\n {2}oauth {2}\d+ passed, 1 not tried|^acme {2}Acme\n {2}oauth {2}\d+ passed\n/)
  expect(stderr).toContain('the definition holds together')
  expect(code).toBe(0)
})

it('says what is wrong where, and fails', async () => {
  const text = `${definition}answers: { rejected: [{ path: ok, is: true }] }\n`
  const { code, stdout } = await cardea(await written(text))
  expect(stdout).toContain('wrong  answers.rejected')
  expect(code).toBe(1)
})

it('names the line of a word that it does not know', async () => {
  const path = await written(definition.replace('by: code', 'by: cod'))
  const { code, stdout } = await cardea(path)
  expect(stdout).toMatch(/acme\.yaml:11 {2}auth\.oauth\.obtain\.by/)
  expect(code).toBe(1)
})

it('takes JSON, and answers in JSON', async () => {
  const json = JSON.stringify({
    name: 'Acme',
    docs: 'https://acme.example.com/docs',
    category: 'developer',
    icon: { letters: 'Ac', colour: '#123456' },
    baseUrl: 'https://api.acme.example.com',
    auth: {
      key: {
        type: 'apikey',
        label: 'Key',
        steps: ['Copy it.'],
        fields: { key: { label: 'Key' } },
        obtain: { by: 'nothing' },
        send: { headers: { 'x-key': '{key}' } },
      },
    },
    check: { get: '/me', ok: { path: 'id', exists: true } },
    identity: { id: 'id' },
    verified: { on: '2026-11-20', by: ['https://acme.example.com/docs'] },
  })
  const { code, stdout } = await cardea(await written(json, 'my-acme.json'), '--json')
  expect(JSON.parse(stdout)).toMatchObject({ id: 'my_acme', passed: true, methods: [{ method: 'key', passed: true }] })
  expect(code).toBe(0)
})

it('tries one method of a built-in service', async () => {
  const { code, stdout } = await cardea('github', '--method', 'token', '--json')
  expect(JSON.parse(stdout).methods.map(({ method }: { method: string }) => method)).toEqual(['token'])
  expect(code).toBe(0)
})

it('is misuse to name what is neither', async () => {
  expect((await cardea('no_such_service')).code).toBe(2)
  expect((await cardea('github', '--method', 'none_such')).code).toBe(2)
})
