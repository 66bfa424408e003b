import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { Service } from '@cardea/catalog'
import type { Conformance, Step } from '../../conformance/conformance.ts'
import { Problem } from '../../errors.ts'
import { type CommandContext, Misuse } from '../command.ts'
import type { Output } from '../output.ts'

const FORMATS: Readonly<Record<string, 'yaml' | 'json'>> = { '.yaml': 'yaml', '.yml': 'yaml', '.json': 'json' }

export async function run({ values, positionals, output }: CommandContext): Promise<number> {
  const asked = positionals[0]!
  const found = await read(asked, output, values.json === true)
  if (!found) return 1
  const { checkService } = await import('../../conformance/conformance.ts')
  const methods = typeof values.method === 'string' ? [values.method] : undefined
  if (methods && !Object.hasOwn(found.service.auth, methods[0]!)) {
    throw new Misuse(`there is no method "${methods[0]}"; one of: ${Object.keys(found.service.auth).join(', ')}`)
  }
  const report = await checkService(found.id, found.service, methods ? { methods } : {})
  if (values.json) output.json(report)
  else print(report, found.service, output)
  return report.passed ? 0 : 1
}

/** A file where it looks like one, else one of ours. Undefined: it does not read, and the lines were named. */
async function read(
  asked: string,
  output: Output,
  json: boolean,
): Promise<{ id: string; service: Service } | undefined> {
  const format = FORMATS[extname(asked).toLowerCase()]
  if (format === undefined) {
    const { services } = await import('@cardea/catalog')
    const known: Readonly<Record<string, Service>> = services
    if (!Object.hasOwn(known, asked))
      throw new Misuse(`there is no service "${asked}", and no file of that name ends in .yaml or .json`)
    return { id: asked, service: known[asked]! }
  }
  const { parseDefinition } = await import('../../services/services.ts')
  try {
    const service = await parseDefinition(await readFile(asked, 'utf8'), format)
    return { id: basename(asked, extname(asked)).toLowerCase().replaceAll('-', '_'), service }
  } catch (error) {
    const issues = issuesOf(error)
    if (!issues) throw error
    if (json) output.json({ passed: false, issues })
    else
      for (const { line, path, message } of issues)
        output.data(`${asked}${line ? `:${line}` : ''}  ${path}  ${message}`)
    return undefined
  }
}

interface Issue {
  readonly path: string
  readonly line?: number
  readonly message: string
}

function issuesOf(error: unknown): readonly Issue[] | undefined {
  if (!(error instanceof Problem) || error.code !== 'service.invalid') return undefined
  return (error.values as { issues?: readonly Issue[] }).issues
}

function print({ id, complaints, methods, passed }: Conformance, { name }: Service, output: Output): void {
  output.data(`${output.bold(id)}  ${name}`)
  for (const { where, says } of complaints) output.data(`  wrong  ${where}  ${says}`)
  const count = (steps: readonly Step[], is: Step['is']) => steps.filter((step) => step.is === is).length
  for (const { method, steps } of methods) {
    const skipped = count(steps, 'skipped')
    const failed = count(steps, 'failed')
    const tally = [
      `${count(steps, 'passed')} passed`,
      ...(failed > 0 ? [`${failed} wrong`] : []),
      ...(skipped > 0 ? [`${skipped} not tried`] : []),
    ]
    output.data(`  ${method}  ${tally.join(', ')}`)
    for (const step of steps) {
      if (step.is === 'failed') output.data(`    wrong  ${step.where}  ${step.name}: ${step.says}`)
      if (step.is === 'skipped') output.data(output.dim(`    not tried  ${step.name}: ${step.says}`))
    }
  }
  output.say(passed ? 'the definition holds together' : 'the definition contradicts itself where it says wrong')
}
