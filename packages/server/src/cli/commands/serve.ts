import { loadConfig } from '../../config/config.ts'
import type { CommandContext } from '../command.ts'
import { startServer } from '../server.ts'

export async function run({ output, version }: CommandContext): Promise<undefined> {
  const { config } = loadConfig()
  const server = await startServer(config, { listen: true })
  const { app, address } = server

  output.data(`${output.bold('Cardea')} ${version}`)
  output.data(`  address  ${address}`)
  output.data(
    `  data     ${config.dataDir}${app.store.dialect === 'postgres' ? ' (keys and socket; the rest is in PostgreSQL)' : ''}`,
  )
  if (app.sandbox) output.data(`  sandbox  ${app.sandbox.issuer}`)
  output.data(`  vault    master key ${app.vault.masterKey.id}, in ${app.vault.masterKey.source}`)
  const link = await app.accounts.setup.link()
  if (link) {
    output.data('')
    output.data('There is no administrator yet. This link makes you one, once:')
    // The token stands behind the #, which browsers send to no server and write in no log.
    output.data(`  ${link.reveal()}`)
  }

  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
  const signal = await stopped
  // A second signal means now.
  for (const again of ['SIGTERM', 'SIGINT'] as const) process.once(again, () => process.exit(1))
  app.log.info('stopping', { signal })
  await server.close()
  return undefined
}
