// Drafts a service of the catalog: its file, its line, its icon. Asks a few questions, or takes the answers as options.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { complaints } from '@cardea/catalog/rules'
import { flagOf, interview } from '../packages/server/src/cli/interview.ts'
import { type Draft, draftService, questions } from '../packages/server/src/services/services.ts'

const root = join(import.meta.dirname, '..')

/** Writes the file and its line below `catalog`; throws where the rules say no. */
export function writeService(draft: Draft, catalog: string, on: string): string {
  const service = draftService(draft, on)
  const faults = complaints(draft.id, service)
  if (faults.length > 0) throw new Error(faults.map(({ where, says }) => `${where} ${says}`).join('\n'))
  const file = join(catalog, `src/services/${draft.id}.ts`)
  if (existsSync(file)) throw new Error(`${file} exists already`)
  const list = join(catalog, 'src/services.ts')
  const [first = '', ...lines] = readFileSync(list, 'utf8').trimEnd().split('\n')
  lines.push(`export { ${draft.id} } from './services/${draft.id}.ts'`)
  writeFileSync(file, source(draft.id, service))
  writeFileSync(list, `${[first, ...lines.sort()].join('\n')}\n`)
  return file
}

function source(id: string, { auth, verified, ...service }: ReturnType<typeof draftService>): string {
  const methods = Object.entries(auth).map(([name, { type, obtain, ...method }]) => {
    const { by, ...words } = obtain
    if (by === 'code') return { name, kind: 'oauth2', words: { ...method, obtain: words, send: undefined } }
    if (method.send.basic) {
      const { send, ...rest } = method
      return { name, kind: 'basic', words: { ...rest, ...send.basic } }
    }
    if (!method.send.headers?.authorization) return { name, kind: 'keys', words: method }
    const { send: _, fields, ...rest } = method
    return { name, kind: 'bearer', words: { ...rest, ...fields } }
  })
  const blocks = methods.map(({ name, kind, words }) => `${name}: ${kind}(${literal(words)})`).join(', ')
  const { check, identity, ...head } = service
  return `import { defineService } from '../define.ts'
import { ${[...new Set(methods.map(({ kind }) => kind))].join(', ')} } from '../kinds.ts'

export const ${id} = defineService({
${members(head)}
auth: { ${blocks} },
${members({ check, identity, verified })}
})
`
}

function literal(value: unknown): string {
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (value === null || typeof value !== 'object') return String(value)
  return `{ ${members(value).replaceAll('\n', ' ')} }`
}

function members(value: object): string {
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => `${/^[A-Za-z_]\w*$/.test(name) ? name : literal(name)}: ${literal(inner)},`)
    .join('\n')
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: Object.fromEntries(questions.map(({ name }) => [flagOf(name), { type: 'string' as const }])),
  })
  try {
    const draft = await interview(values, Boolean(process.stdin.isTTY))
    const file = writeService(draft, join(root, 'packages/catalog'), new Date().toISOString().slice(0, 10))
    const run = (...words: string[]) => execFileSync(process.execPath, words, { cwd: root, stdio: 'inherit' })
    run(join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--write', file)
    run('packages/catalog/scripts/icons.ts')
    console.log(`${file}
Fill in the steps, the scopes and what packages/catalog/WRITING.md asks for, then:
  npx vitest run packages/catalog && npm run docs && node packages/server/bin/cli.js service check ${draft.id}`)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}
