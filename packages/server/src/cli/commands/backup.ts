import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { loadConfig } from '../../config/config.ts'
import { type CommandContext, Misuse } from '../command.ts'
import { openLocal } from '../local.ts'

export async function run({ positionals, values, output }: CommandContext): Promise<undefined> {
  const file = resolve(positionals[0]!)
  if (await stat(file).catch(() => undefined)) throw new Misuse(`${file} exists already`)
  const unfinished = `${file}.unfinished`
  const local = await openLocal(loadConfig().config)
  try {
    const stream = await local.client.deployment.backup()
    await pipeline(Readable.fromWeb(stream as ReadableStream), createWriteStream(unfinished, { mode: 0o600 }))
    const handle = await open(unfinished)
    await handle.sync()
    await handle.close()
    await rename(unfinished, file)
    const { size } = await stat(file)
    if (values.json) output.json({ file, bytes: size })
    else output.say(`${file}: ${size} bytes; without the master key nothing in it can be read`)
  } finally {
    await rm(unfinished, { force: true })
    await local.close()
  }
}
