import { loadConfig } from '../../config/config.ts'
import type { CommandContext } from '../command.ts'
import { openLocal } from '../local.ts'

export async function run({ values, output }: CommandContext): Promise<number> {
  const local = await openLocal(loadConfig().config)
  try {
    const vault = await local.client.deployment.vault()
    if (values.json) output.json(vault)
    else {
      const { rotation } = vault
      output.table([
        ['state', vault.sentence],
        ['master key', `${vault.masterKey.id}, in ${vault.masterKey.source}`],
        [
          'rotation',
          rotation ? `${rotation.kind} ${rotation.state}, ${rotation.done} of ${rotation.total}` : 'none yet',
        ],
      ])
    }
    return vault.ok ? 0 : 1
  } finally {
    await local.close()
  }
}
