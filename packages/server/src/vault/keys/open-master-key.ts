import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Clock, systemClock } from '../../clock.ts'
import { isProblem, Problem } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { keyFile } from './file.ts'
import { keychain } from './keychain.ts'
import { createKeyring } from './keyring.ts'
import type { MasterKey } from './master-key.ts'

export interface MasterKeyConfig {
  dataDir: string
  masterKeyFile?: string
  keychain: 'auto' | 'on' | 'off'
}

/**
 * Finds the place of the master key: the file that the operator names; else the file in the data folder, if there is one;
 * else the keychain, if it answers; else a new file in the data folder. A place once chosen is found again, because the
 * key is there.
 */
export async function openMasterKey(
  config: MasterKeyConfig,
  log: Logger,
  clock: Clock = systemClock,
): Promise<MasterKey> {
  if (config.masterKeyFile) return createKeyring(named(config.masterKeyFile, config.dataDir))
  const path = join(config.dataDir, 'master.key')
  const inDataFolder = () => createKeyring(keyFile(path, { warning: besideTheData(path) }))
  if (config.keychain === 'off') return inDataFolder()
  const inKeychain = createKeyring(keychain(config.dataDir, clock))
  if (config.keychain === 'on') return inKeychain
  if (existsSync(path)) return inDataFolder()
  return firstChoice(inKeychain, inDataFolder(), log)
}

function named(path: string, dataDir: string) {
  const isBesideTheData = !relative(dataDir, path).startsWith('..')
  return keyFile(path, { madeByOperator: true, ...(isBesideTheData ? { warning: besideTheData(path) } : {}) })
}

const besideTheData = (path: string) =>
  `the master key lies beside what it protects, in ${path}: whoever copies the folder has both. Better: the keychain of the system, or CARDEA_MASTER_KEY_FILE in another place`

/** The keychain if it answers and keeps what it is given, otherwise the file; settled before the first key is made. */
async function firstChoice(inKeychain: MasterKey, inFile: MasterKey, log: Logger): Promise<MasterKey> {
  let chosen = inKeychain
  let silent: Problem | undefined
  const settleForFile = (error: unknown) => {
    if (!isProblem(error, 'vault.keychain_unusable')) throw error
    log.info('the keychain of the system is not used', { why: error.values.why })
    silent = error
    chosen = inFile
  }
  await inKeychain.ids().catch(settleForFile)
  return {
    get source() {
      return chosen.source
    },
    get warning() {
      return chosen.warning ?? ''
    },
    preflight: async (activeMasterKeyId) => {
      try {
        await chosen.preflight(activeMasterKeyId)
      } catch (error) {
        if (!silent || !isProblem(error, 'vault.wrong_master_key')) throw error
        // The key may well be in the keychain that does not answer: say so, or the operator looks in the wrong place.
        const found = `${error.values.found}, and the keychain cannot be used (${silent.values.why})`
        throw new Problem('vault.wrong_master_key', { expected: String(error.values.expected), found })
      }
    },
    ids: (how) => chosen.ids(how),
    create: async () => {
      if (chosen === inKeychain) {
        try {
          return await inKeychain.create()
        } catch (error) {
          settleForFile(error)
        }
      }
      return chosen.create()
    },
    seal: (id, boundTo, plaintext) => chosen.seal(id, boundTo, plaintext),
    open: (id, boundTo, envelope) => chosen.open(id, boundTo, envelope),
    changeable: () => chosen.changeable(),
    grow: () => chosen.grow(),
    keepOnly: (id) => chosen.keepOnly(id),
    close: () => {
      inKeychain.close()
      inFile.close()
    },
  }
}
