import { spawn } from 'node:child_process'
import { type Clock, SECOND } from '../../clock.ts'
import { Problem } from '../../errors.ts'
import type { KeyringPlace } from './keyring.ts'

// Somebody may have to type a password into the system's dialogue; a bus that never answers must not stop the start.
const PATIENCE = 20 * SECOND
const NOTHING_THERE = 3
const MAX_ANSWER = 64 * 1024

/**
 * A keyring in the keychain of the system: Keychain, Secret Service, Windows credentials. One entry for each data folder.
 * Asked in a process of its own: the library waits for the bus inside its constructor, and would stop a whole server
 * that it is loaded into. The keyring passes through pipes, never through arguments or the environment.
 */
export function keychain(account: string, clock: Clock): KeyringPlace {
  const unusable = (why: string) => new Problem('vault.keychain_unusable', { why })
  const ask = async (question: 'read' | 'write', text?: Buffer): Promise<Answer> => {
    const answer = await askInChild([import.meta.resolve('@napi-rs/keyring'), account, question], text, clock)
    if (answer === 'silent') throw unusable(`it did not answer within ${PATIENCE / SECOND} seconds`)
    // The library's own words: it cannot tell a secret that it failed to reach.
    if (answer.code !== 0 && answer.code !== NOTHING_THERE) throw unusable(firstLine(answer.complaint))
    return answer
  }
  const write = async (text: Buffer) => {
    await ask('write', text)
  }
  return {
    source: 'the keychain',
    unusable,
    read: async () => {
      const answer = await ask('read')
      return answer.code === NOTHING_THERE ? undefined : answer.text
    },
    create: write,
    changeable: async () => true,
    replace: write,
  }
}

// Pinned to the Secret Service: left to choose, the library falls back to the kernel's keyring, which forgets at reboot
// and answers "nothing there" instead of an error.
const CHILD = `
  import { readFileSync, writeSync } from 'node:fs'
  const [library, account, question] = process.argv.slice(1)
  try {
    const { Entry } = await import(library)
    const entry = new Entry('cardea', account, { linux: { store: 'secret-service' } })
    if (question === 'write') entry.setSecret(readFileSync(0))
    else {
      const found = entry.getSecret()
      if (!found) process.exit(${NOTHING_THERE})
      writeSync(1, Uint8Array.from(found))
    }
    process.exit(0)
  } catch (error) {
    writeSync(2, String(error?.message ?? error))
    process.exit(1)
  }
`

interface Answer {
  code: number | null
  text: Buffer
  complaint: string
}

async function askInChild(args: string[], text: Buffer | undefined, clock: Clock): Promise<Answer | 'silent'> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, '--', ...args], { windowsHide: true })
  const answered = new AbortController()
  const answer = new Promise<Answer>((resolve) => {
    const found = Buffer.allocUnsafeSlow(MAX_ANSWER)
    let length = 0
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.copy(found, length)
      chunk.fill(0)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString('utf8').slice(0, 1000)
    })
    child.on('error', (error) => resolve({ code: null, text: Buffer.alloc(0), complaint: error.message }))
    child.on('close', (code) => resolve({ code, text: found.subarray(0, length), complaint }))
  })
  // A child that has ended takes no input; its exit code says why.
  child.stdin.on('error', () => {})
  child.stdin.end(text)
  const silence = clock.sleep(PATIENCE, answered.signal).then(
    () => 'silent' as const,
    () => answer,
  )
  try {
    return await Promise.race([answer, silence])
  } finally {
    answered.abort()
    child.kill('SIGKILL')
  }
}

function firstLine(complaint: string): string {
  return complaint.split('\n')[0]?.slice(0, 200) || 'it failed without a word'
}
