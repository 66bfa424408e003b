import { createHash } from 'node:crypto'
import { randomKey } from '../../crypto/random.ts'
import { KEY_BYTES, open, seal } from '../../crypto/seal.ts'
import { Problem } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import { MOST_KEYS, readKeyring, writeKeyring } from './keyring-text.ts'
import type { MasterKey } from './master-key.ts'

/** Where a keyring's text lies. The buffers that `read` answers and `write` is given are wiped by the keyring. */
export interface KeyringPlace {
  readonly source: string
  readonly warning?: string
  /** Undefined only when the place itself says that nothing is there. */
  read(): Promise<Buffer | undefined>
  /** The first keyring: never over one that is there already. */
  create(text: Buffer): Promise<void>
  changeable(): Promise<boolean>
  replace(text: Buffer): Promise<void>
  /** What to say when the text is not a keyring. */
  unusable(why: string): Problem
}

interface Key {
  id: string
  secret: Secret
}

/** A master key whose bytes we hold ourselves, in one of several places. */
export function createKeyring(place: KeyringPlace): MasterKey {
  let keys: Key[] = []
  let loaded = false

  const load = async () => {
    const text = await place.read()
    loaded = true
    // Whoever removes the key file under a running server has not taken its key away: it can still write it anew.
    if (!text) return
    const found = readKeyring(text, place.unusable)
    text.fill(0)
    const old = keys
    keys = found.map((secret) => ({ id: keyId(secret), secret }))
    for (const { secret } of old) secret.wipe()
  }
  /** To be used at once: after the next `await` the key may have been wiped. */
  const find = (id: string) => keys.find((key) => key.id === id)?.secret.revealBytes()
  const withKey = async <T>(id: string, use: (bytes: Buffer) => T): Promise<T> => {
    // Not at hand: another server may have been told of a new key meanwhile, so look once more where keys come from.
    if (!find(id)) await load()
    const bytes = find(id)
    if (!bytes) throw new Problem('vault.wrong_master_key', { expected: id, found: whatIsHere() })
    return use(bytes)
  }
  const whatIsHere = () =>
    keys.length > 0
      ? `${place.source} holds ${keys.map(({ id }) => id).join(', ')}`
      : `there is no key in ${place.source}`
  const write = async (secrets: readonly Secret[], how: 'create' | 'replace') => {
    const text = writeKeyring(secrets)
    try {
      await place[how](text)
    } finally {
      text.fill(0)
    }
    await load()
  }
  const randomSecret = () => {
    const bytes = randomKey(KEY_BYTES)
    const secret = Secret.of(bytes)
    bytes.fill(0)
    return secret
  }

  return {
    source: place.source,
    ...(place.warning ? { warning: place.warning } : {}),
    preflight: async (activeMasterKeyId) => {
      if (!loaded) await load()
      if (activeMasterKeyId) await withKey(activeMasterKeyId, () => {})
    },
    ids: async (how) => {
      if (!loaded || how === 'afresh') await load()
      return keys.map(({ id }) => id)
    },
    create: async () => {
      await write([randomSecret()], 'create')
      if (!keys[0]) throw new Problem('vault.wrong_master_key', { expected: 'that was just made', found: whatIsHere() })
      return keys[0].id
    },
    seal: (id, boundTo, plaintext) => withKey(id, (bytes) => seal({ id, bytes }, boundTo, plaintext)),
    open: (id, boundTo, envelope) => withKey(id, (bytes) => open({ id, bytes }, boundTo, envelope)),
    changeable: () => place.changeable(),
    grow: async () => {
      await load()
      if (keys.length >= MOST_KEYS) throw place.unusable(`holds ${keys.length} keys and has no room for another`)
      await write([randomSecret(), ...keys.map(({ secret }) => secret)], 'replace')
      return keys[0]!.id
    },
    keepOnly: async (id) => {
      await load()
      const kept = keys.filter((key) => key.id === id)
      if (kept.length === 0) throw new Problem('vault.wrong_master_key', { expected: id, found: whatIsHere() })
      if (kept.length < keys.length) await write([kept[0]!.secret], 'replace')
    },
    close: () => {
      for (const { secret } of keys.splice(0)) secret.wipe()
    },
  }
}

/** Names a key without telling anything about it. */
function keyId(secret: Secret): string {
  return createHash('sha256').update('cardea master key id\0').update(secret.revealBytes()).digest('hex').slice(0, 16)
}
