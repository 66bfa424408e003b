import { loadConfig } from '../../config/config.ts'
import type { CommandContext } from '../command.ts'

export async function run({ values, output }: CommandContext): Promise<undefined> {
  const { settings } = loadConfig()
  if (values.json) {
    output.json(settings)
    return
  }
  output.table(
    settings.map(({ env, shown, source, from }) => [env, shown || '(unset)', source === 'file' ? from : source]),
    ['setting', 'value', 'from'],
  )
}
