import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { restoreApp } from '../../app.ts'
import { loadConfig } from '../../config/config.ts'
import { type CommandContext, Misuse } from '../command.ts'
import { appOptions } from '../server.ts'

export async function run({ positionals, values, output }: CommandContext): Promise<undefined> {
  const file = resolve(positionals[0]!)
  if (!(await stat(file).catch(() => undefined))?.isFile()) throw new Misuse(`there is no file ${file}`)
  const restored = await restoreApp(appOptions(loadConfig().config, 'error'), file)
  if (values.json) {
    output.json(restored)
    return
  }
  const { createdAt, rows, review } = restored
  output.say(
    `restored ${rows} rows, as they stood on ${new Date(createdAt).toISOString()}; everybody must sign in again`,
  )
  if (review.apiKeys.length + review.invitations.length === 0) return
  output.say('these work as they did then; revoke what was revoked since:')
  for (const { id, name, hint } of review.apiKeys) output.data(`API key ${id}  ${hint}…  ${name}`)
  for (const { id, email } of review.invitations) output.data(`invitation ${id}  ${email}`)
}
