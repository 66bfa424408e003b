import type { AsyncEntry } from '@napi-rs/keyring'
import { type Clock, SECOND } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { KeyringPlace } from './keyring.ts'

// Somebody may have to type a password into the system's dialogue; a bus that never answers must not stop the start.
const PATIENCE = 20 * SECOND

/** A keyring in the keychain of the system: Keychain, Secret Service, Windows credentials. One entry for each data folder. */
export function keychain(account: string, clock: Clock): KeyringPlace {
  const unusable = (why: string) => new Problem('vault.keychain_unusable', { why })
  let entry: AsyncEntry | undefined

  const ask = async <T>(question: (entry: AsyncEntry, signal: AbortSignal) => Promise<T>): Promise<T> => {
    const answered = new AbortController()
    const late = new AbortController()
    const silence = clock.sleep(PATIENCE, answered.signal).then(
      () => {
        late.abort()
        throw unusable(`it did not answer within ${PATIENCE / SECOND} seconds`)
      },
      () => new Promise<never>(() => {}),
    )
    try {
      return await Promise.race([question(await entryOf(), late.signal), silence])
    } catch (error) {
      if (error instanceof Problem) throw error
      // The library's own words; it knows no secret when it fails to reach one.
      throw unusable((error as Error).message.split('\n')[0]!.slice(0, 200))
    } finally {
      answered.abort()
    }
  }
  const entryOf = async (): Promise<AsyncEntry> => {
    if (!entry) {
      const { AsyncEntry } = await import('@napi-rs/keyring')
      // Pinned: left to choose, it falls back to the kernel's keyring, which forgets at reboot and answers null.
      entry = new AsyncEntry('cardea', account, { linux: { store: 'secret-service' } })
    }
    return entry
  }
  const write = async (text: Buffer) => {
    // A copy: the caller wipes its own, and a call that is merely late must not store zeros.
    const copy = Buffer.allocUnsafeSlow(text.length)
    copy.set(text)
    await ask((entry, signal) => entry.setSecret(copy, signal))
    copy.fill(0)
  }

  return {
    source: 'the keychain',
    unusable,
    read: async () => {
      const found = await ask((entry, signal) => entry.getSecret(signal))
      if (!found) return undefined
      const text = Buffer.allocUnsafeSlow(found.length)
      text.set(found)
      found.fill(0)
      return text
    },
    create: write,
    changeable: async () => true,
    replace: write,
  }
}
