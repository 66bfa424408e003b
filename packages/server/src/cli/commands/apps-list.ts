import type { CommandContext } from '../command.ts'
import { showApp, withApps } from '../registered-apps.ts'

export const list = {
  run: (context: CommandContext) =>
    withApps(context, async (apps) => {
      const [provider] = context.positionals
      const { items } = await apps.list(provider ? { provider } : {}).page()
      if (context.values.json) context.output.json(items)
      else {
        context.output.table(
          items.map(({ id, provider, methods, name, origin, sight, isDefault, trouble }) => [
            id,
            provider,
            methods.join(', '),
            sight === 'full' ? name : `${name}, from the ${origin}`,
            trouble ? `refused: ${trouble.error}` : isDefault ? 'default' : '',
          ]),
          ['app', 'service', 'methods', 'name', ''],
        )
      }
      return undefined
    }),
}

export const show = {
  run: (context: CommandContext) =>
    withApps(context, async (apps) => {
      const app = await apps.get(context.positionals[0]!)
      if (context.values.json) context.output.json(app)
      else showApp(app, context.output)
      return undefined
    }),
}

export const remove = {
  run: (context: CommandContext) =>
    withApps(context, async (apps) => {
      const dryRun = context.values['dry-run'] === true
      const removed = await apps.remove(context.positionals[0]!, { dryRun })
      const { output } = context
      if (context.values.json) output.json(removed)
      else {
        for (const { id, name } of removed.mustReconnect.connections) output.data(`${id}  ${name ?? '(private)'}`)
        output.say(`${dryRun ? 'nothing was removed; ' : 'removed; '}${lower(removed.mustReconnect.sentence)}`)
      }
      return undefined
    }),
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '')
}
