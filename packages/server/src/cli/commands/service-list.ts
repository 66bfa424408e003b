import type { Service } from '@cardea/sdk'
import { loadConfig } from '../../config/config.ts'
import type { CommandContext } from '../command.ts'
import { openLocal } from '../local.ts'

export async function run({ values, positionals, output }: CommandContext): Promise<undefined> {
  const workspace = typeof values.workspace === 'string' ? values.workspace : undefined
  const local = await openLocal(loadConfig().config, workspace)
  try {
    const [search] = positionals
    const found: Service[] = []
    for await (const service of local.client.services.list({ limit: 200, ...(search ? { search } : {}) }))
      found.push(service)
    if (values.json) output.json(found)
    else {
      output.table(
        found.map(({ id, name, category, methods, origin }) => [
          id,
          name,
          category,
          methods.map((method) => method.id).join(', '),
          origin === 'built_in' ? '' : `from the ${origin}`,
        ]),
        ['service', 'name', 'category', 'methods', ''],
      )
    }
  } finally {
    await local.close()
  }
}
