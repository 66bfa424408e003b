// Writes docs/reference from the tables in the code. With --check it only says what is out of date, and exits 1.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { commands } from '../packages/server/src/cli/commands.ts'
import { type Option, options } from '../packages/server/src/config/options.ts'
import { problems } from '../packages/server/src/errors.ts'
import { operatorPermissions, rolePermissions } from '../packages/server/src/policy/policy.ts'
import { servicePages } from './docs/services.ts'

const folder = join(import.meta.dirname, '../docs/reference')
const note = '<!-- Written by scripts/docs.ts from the tables in the code: change those, then run `npm run docs`. -->'

export const pages: Record<string, () => string> = {
  'configuration.md': configuration,
  'problems.md': problemCodes,
  'permissions.md': permissions,
  'command-line.md': commandLine,
  ...servicePages,
}

function configuration(): string {
  const entries = Object.entries(options) as [string, Option<unknown>][]
  return `# Configuration

Each setting is an environment variable, or the name in the second column in \`cardea.config.yaml\` or
\`cardea.config.json\` in the working folder (or wherever \`CARDEA_CONFIG\` says). The environment wins. Every variable has a
twin with \`_FILE\` at its end that names a file to read the value from. \`cardea config\` prints what is in force and where
it comes from. A name that Cardea does not know is refused, and every mistake is reported at once.

| variable | in the file | what it does | value | default |
|---|---|---|---|---|
${entries.map(([name, { env, doc, kind, default: value, secret }]) => `| \`${env}\` | \`${name}\` | ${cell(doc)}${secret ? ' **Secret.**' : ''} | ${cell(kind.type)} | ${value === undefined ? '' : `\`${cell(value)}\``} |`).join('\n')}
`
}

function problemCodes(): string {
  return `# Problems

Every refusal is \`application/problem+json\` (RFC 9457) with a \`code\` to branch on, a \`detail\` that says what happened, a
\`next\` that says what to do, and the \`requestId\` that the log has too.

| code | status | what happened | what to do |
|---|---|---|---|
${Object.entries(problems)
  .map(
    ([code, { status, detail, next }]) =>
      `| <a id="${code}"></a>\`${code}\` | ${status} | ${cell(detail)} | ${cell(next)} |`,
  )
  .join('\n')}
`
}

function permissions(): string {
  const roles = ['admin', 'editor', 'viewer'] as const
  return `# Permissions

Every address of the API names one permission (\`x-permission\` in \`/openapi.json\`). What a workspace's roles may do:

| permission | ${roles.join(' | ')} |
|---|---|---|---|
${Object.entries(rolePermissions)
  .map(
    ([name, holders]) =>
      `| \`${name}\` | ${roles.map((role) => ((holders as readonly string[]).includes(role) ? 'yes' : 'no')).join(' | ')} |`,
  )
  .join('\n')}

What only operators may do, whatever their role in a workspace: ${operatorPermissions.map((name) => `\`${name}\``).join(', ')}.

An API key has a role, and may be narrowed to some of its permissions. No key is an operator.
`
}

function commandLine(): string {
  const sections = commands.map(({ words, usage, summary, about, options: flags, examples }) => {
    const listed = Object.entries(flags ?? {}).map(
      ([name, flag]) =>
        `- \`--${name}${flag.type === 'string' ? ` <${flag.value ?? 'value'}>` : ''}\`: ${flag.summary}`,
    )
    return [
      `## \`cardea ${[...words, ...(usage ? [usage] : [])].join(' ')}\``,
      about ?? `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
      ...(listed.length > 0 ? [listed.join('\n')] : []),
      ...(examples ? [`\`\`\`sh\n${examples.join('\n')}\n\`\`\``] : []),
    ].join('\n\n')
  })
  return `# Command line

Data goes to stdout and talk to stderr. Every command takes \`--json\` and \`--help\`. Exit status: 0 done, 1 refused or failed,
2 misuse. Commands act on this machine's server through a socket in the data folder that only its owner may open, or on the
data folder itself when no server runs.

${sections.join('\n\n')}
`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

export function render(name: string): string {
  return `${note}\n\n${pages[name]!()}`
}

if (import.meta.main) {
  const stale: string[] = []
  const isCheck = process.argv.includes('--check')
  // A page whose service has gone.
  mkdirSync(join(folder, 'services'), { recursive: true })
  for (const file of readdirSync(join(folder, 'services'))) {
    const name = `services/${file}`
    if (pages[name]) continue
    stale.push(name)
    if (!isCheck) rmSync(join(folder, name))
  }
  for (const name of Object.keys(pages)) {
    const path = join(folder, name)
    const text = render(name)
    let before = ''
    try {
      before = readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    if (before === text) continue
    stale.push(name)
    if (isCheck) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  if (stale.length > 0) console.log(`${isCheck ? 'out of date' : 'written'}: ${stale.join(', ')}`)
  if (isCheck && stale.length > 0) process.exit(1)
}
