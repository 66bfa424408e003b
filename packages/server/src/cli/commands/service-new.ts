import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { systemClock } from '../../clock.ts'
import { isProblem } from '../../errors.ts'
import { draftService, type Issue, inWords, readDefinition } from '../../services/services.ts'
import { type CommandContext, Misuse } from '../command.ts'
import { interview } from '../interview.ts'

export async function run({ values, output }: CommandContext): Promise<number> {
  const draft = await interview(values, Boolean(process.stdin.isTTY) && !values.json)
  const day = new Date(systemClock.now()).toISOString().slice(0, 10)
  const file = `${draft.id}.yaml`
  const text = `# A service for Cardea. What may stand here: docs/guide/services.md. Try it: cardea service check ${file}
${stringify(draftService(draft, day), { lineWidth: 120, aliasDuplicateObjects: false })}`
  try {
    readDefinition(draft.id, text, 'yaml')
  } catch (error) {
    if (!isProblem(error, 'service.invalid')) throw error
    const issues = error.values.issues as Issue[]
    output.error('the answers do not make a definition', 'correct them and try again; nothing was written')
    for (const issue of issues) output.say(`  ${inWords({ path: issue.path, message: issue.message })}`)
    return 1
  }
  const folder = typeof values.folder === 'string' ? values.folder : '.'
  const path = resolve(join(folder, file))
  if (existsSync(path)) throw new Misuse(`${path} exists already`)
  writeFileSync(path, text, { flag: 'wx' })
  if (values.json) output.json({ id: draft.id, file: path })
  else {
    output.data(path)
    output.say(`fill in the steps and the scopes, then: cardea service check ${file}`)
  }
  return 0
}
