import { accessSync, constants, statSync } from 'node:fs'
import type { Finding } from '@cardea/sdk'
import { type Config, ConfigError, loadConfig } from '../../config/config.ts'
import { Problem } from '../../errors.ts'
import type { CommandContext } from '../command.ts'
import { openLocal } from '../local.ts'

type Found = Omit<Finding, 'about'> & { about: Finding['about'] | 'settings' | 'data folder' | 'server' }

export async function run({ values, output }: CommandContext): Promise<number> {
  const findings = await examined()
  const ok = findings.every((finding) => finding.ok)
  if (values.json) output.json({ ok, findings })
  else {
    output.table(findings.map((finding) => [finding.ok ? 'ok' : 'see to', finding.about, finding.sentence]))
    for (const { about, next } of findings) if (next) output.say(`${about}: ${next}`)
    output.say(ok ? 'all is well' : 'something needs doing')
  }
  return ok ? 0 : 1
}

async function examined(): Promise<Found[]> {
  let config: Config
  try {
    ;({ config } = loadConfig())
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.mistakes.map((sentence) => wrong('settings', sentence, 'Correct it; "cardea config" shows all.'))
  }
  const folder = dataFolder(config)
  if (!folder.ok) return [folder]
  try {
    const local = await openLocal(config)
    try {
      return [folder, ...(await local.client.deployment.examine()).findings]
    } finally {
      await local.close()
    }
  } catch (error) {
    // What keeps the server from starting is what the doctor was called for.
    const { message, next } = error as { message: string; next?: string }
    if (!(error instanceof Problem) && next === undefined) throw error
    return [folder, wrong('server', message, next ?? null)]
  }
}

function dataFolder({ dataDir }: Config): Found {
  const stat = statSync(dataDir, { throwIfNoEntry: false })
  if (!stat) return wrong('data folder', `There is no ${dataDir} yet.`, 'Start the server once: cardea serve')
  if (!stat.isDirectory()) return wrong('data folder', `${dataDir} is no folder.`, 'Set CARDEA_DATA_DIR to a folder.')
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    return wrong('data folder', `Others on this machine may look into ${dataDir}.`, `chmod 700 ${dataDir}`)
  }
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return wrong('data folder', `${dataDir} cannot be written (${code}).`, 'Run this as the user of the server.')
  }
  return { about: 'data folder', ok: true, sentence: `${dataDir}, for its owner alone.`, next: null }
}

function wrong(about: Found['about'], sentence: string, next: string | null): Found {
  return { about, ok: false, sentence, next }
}
