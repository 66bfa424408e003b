import type { Service } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import { refusedAddress } from '../net/address.ts'
import type { Open, SandboxDeps } from './open.ts'

/**
 * A made-up service that is real OAuth: an authorization server, its consent page and a small API, to try everything with no account
 * anywhere. Promises: it listens on loopback only, keeps nothing beyond its process, and its library is loaded only when it starts.
 * Refuses to stand beside a server that others reach, unless the operator says so: they would be sent to their own machine.
 */
export interface Sandbox extends Omit<Open, 'definition'> {
  /** For the catalog, while the sandbox runs. */
  service: { id: string; definition: Service }
}

export interface Surroundings {
  wanted: '0' | '1' | 'anyway'
  host: string
  publicUrl?: string | undefined
}

const SERVICE_ID = 'sandbox'

/** Whether the sandbox is to be started. Throws where it would stand beside a server that others reach. */
export function wantsSandbox({ wanted, host, publicUrl }: Surroundings): boolean {
  if (wanted === '0') return false
  const reached = [host, ...(publicUrl ? [new URL(publicUrl).hostname] : [])].find((name) => !isLoopback(name))
  if (wanted === '1' && reached !== undefined) throw new Problem('sandbox.beyond_loopback', { host: reached })
  return true
}

export async function startSandbox(deps: SandboxDeps): Promise<Sandbox> {
  // 160 ms and 16 MB that no server has to spend where nobody asked for it.
  const { openSandbox } = await import('./open.ts')
  const { definition, ...open } = await openSandbox(deps)
  deps.log.info('the sandbox is open', { address: open.issuer })
  return { ...open, service: { id: SERVICE_ID, definition } }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || refusedAddress(host) === 'a loopback address'
}
