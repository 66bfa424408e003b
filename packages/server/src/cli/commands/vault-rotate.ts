import type { Client, Rotation, RotationKind } from '@cardea/sdk'
import { systemClock } from '../../clock.ts'
import { loadConfig } from '../../config/config.ts'
import type { CommandContext } from '../command.ts'
import { openLocal } from '../local.ts'

export const masterKey = { run: (context: CommandContext) => rotate(context, 'master_key') }
export const dataKeys = { run: (context: CommandContext) => rotate(context, 'data_keys') }

const POLL_MILLISECONDS = 200

async function rotate({ values, output }: CommandContext, kind: RotationKind): Promise<number> {
  const local = await openLocal(loadConfig().config)
  try {
    if (kind === 'master_key')
      output.say('backups made until now open with the key in use until now: keep it as long as you keep them')
    const started = await local.client.deployment.rotate(kind)
    const rotation = await follow(local.client, started, ({ done, total }) => output.progress(`${done} of ${total}`))
    if (values.json) output.json(rotation)
    else if (rotation.state === 'done')
      output.say(`done: ${rotation.total} ${kind === 'master_key' ? 'data keys wrapped' : 'credentials sealed'} anew`)
    if (rotation.state === 'failed')
      output.error(`the rotation stopped: ${rotation.error}`, 'nothing is lost; it goes on at the next start')
    return rotation.state === 'done' ? 0 : 1
  } finally {
    await local.close()
  }
}

async function follow(client: Client, rotation: Rotation, show: (rotation: Rotation) => void): Promise<Rotation> {
  let current = rotation
  while (current.state === 'running') {
    show(current)
    await systemClock.sleep(POLL_MILLISECONDS)
    current = await client.deployment.rotation(rotation.id)
  }
  return current
}
