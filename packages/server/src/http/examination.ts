import type * as Wire from '@cardea/sdk'
import { type Clock, SECOND } from '../clock.ts'
import { databaseTime } from '../store/database-time.ts'
import { DEPLOYMENT } from '../store/schema.ts'
import { isLoopback } from './origin.ts'
import type { Rooms } from './rooms.ts'
import type { Standing } from './route.ts'
import { isWell } from './wellness.ts'

/** What whoever runs the server has to see to: each in a sentence, with what to do. Nothing of what workspaces hold is told. */
type Finding = Wire.Finding

const MOST_APART = 5 * SECOND

export async function examination(rooms: Rooms, standing: Standing): Promise<Wire.Examination> {
  const store = await isWell(rooms.store)
  const findings: Finding[] = [
    await vault(rooms),
    {
      about: 'database',
      ok: store.ok,
      sentence: `${rooms.store.dialect === 'postgres' ? 'PostgreSQL' : 'SQLite, in the data folder'}. ${store.sentence}`,
      next: store.ok ? null : 'See the log of the server.',
    },
    ...(store.ok ? [await clock(rooms), ...(await apps(rooms))] : []),
    address(standing),
    await services(rooms, standing),
  ]
  return { ok: findings.every(({ ok }) => ok), findings }
}

async function vault({ vault }: Rooms): Promise<Finding> {
  const { ok, sentence } = await isWell(vault)
  const { id, source, warning } = vault.masterKey
  return {
    about: 'vault',
    ok: ok && warning === undefined,
    sentence: `${sentence} The master key ${id} is in ${source}.${warning ? ` ${warning}` : ''}`,
    next: ok ? (warning ? 'See "The master key" in docs/guide/operating.md.' : null) : 'See the log of the server.',
  }
}

async function clock({ store, clock }: Rooms): Promise<Finding> {
  const before = clock.now()
  const there = await store.sweep(databaseTime)
  const about = 'clock' as const
  if (there === undefined) return { about, ok: true, sentence: 'The one of this machine.', next: null }
  // The server may go by the database's time; what is asked is how far its own is off.
  const { offset = () => 0 } = clock as Clock & { offset?: () => number }
  const apart = Math.round(there - (before + clock.now()) / 2) + offset()
  const ok = Math.abs(apart) <= MOST_APART
  return {
    about,
    ok,
    sentence: `This machine and the database are ${Math.round(Math.abs(apart) / SECOND)} seconds apart.`,
    next: ok ? null : 'Set both clocks by NTP: tokens and signatures are judged by time.',
  }
}

function address({ publicUrl, isConfigured, host, port, trustedProxies }: Standing): Finding {
  const url = new URL(publicUrl)
  const says = isConfigured
    ? `CARDEA_PUBLIC_URL is ${publicUrl}`
    : `CARDEA_PUBLIC_URL is not set, so it is ${publicUrl}`
  const finding = (why?: string, next?: string): Finding => ({
    about: 'address',
    ok: why === undefined,
    sentence: `${says}; the server listens on ${host}, port ${port}.${why ? ` ${why}` : ''}`,
    next: next ?? null,
  })
  const here = isLoopback(url.hostname.replace(/^\[|\]$/g, '')) || url.hostname === 'localhost'
  const listensHere = isLoopback(host) || host === 'localhost'
  if (!isConfigured && !listensHere) {
    return finding('Browsers elsewhere do not find that.', 'Set CARDEA_PUBLIC_URL to the address that browsers use.')
  }
  if (here && Number(url.port || (url.protocol === 'https:' ? 443 : 80)) !== port && trustedProxies === 0) {
    return finding('Nothing says that they are the same.', 'Set CARDEA_PUBLIC_URL to where the server listens.')
  }
  if (!here && url.protocol === 'http:') {
    return finding('Without https nobody stays signed in.', 'Put TLS in front, and set CARDEA_PUBLIC_URL to https://…')
  }
  if (!here && trustedProxies === 0) {
    return finding(
      'No proxy is named that would stand in front.',
      'Set CARDEA_TRUSTED_PROXIES to how many there are; pages of OAuth apps then tell when browsers use another address.',
    )
  }
  return finding()
}

async function apps({ apps }: Rooms): Promise<Finding[]> {
  const troubled = await apps.inTrouble()
  if (troubled.length === 0) {
    return [{ about: 'apps', ok: true, sentence: 'No service refuses an OAuth app.', next: null }]
  }
  return troubled.map(({ id, workspace_id, provider, trouble }) => ({
    about: 'apps',
    ok: false,
    sentence: `${provider} refuses the OAuth app ${id} of ${workspace_id === DEPLOYMENT ? 'the deployment' : `the workspace ${workspace_id}`} (${trouble?.error}).`,
    next: 'Compare client id, secret and redirect address with what the service has, then: cardea apps update',
  }))
}

async function services({ services }: Rooms, { servicesDir }: Standing): Promise<Finding> {
  const about = 'services' as const
  if (servicesDir === undefined) return { about, ok: true, sentence: 'No folder of further services.', next: null }
  const { items } = await services.list(undefined, { limit: 1000 })
  const read = items.filter(({ origin }) => origin === 'folder').length
  return {
    about,
    ok: read > 0,
    sentence: `${read} ${read === 1 ? 'service' : 'services'} from ${servicesDir}.`,
    next: read > 0 ? null : 'Put <service>.yaml or <service>.json there, and start the server again.',
  }
}
