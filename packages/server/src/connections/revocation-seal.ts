import type { Service } from '@cardea/catalog'
import { packed, unpacked } from '../crypto/bundle.ts'
import type { Secrets } from '../inject/values.ts'
import { Secret } from '../secret.ts'
import type { RevocationRow } from '../store/schema.ts'
import type { Vault } from '../vault/vault.ts'
import type { App } from './ports.ts'

/** What has to be shown to a service to end a grant. */
export interface Evidence {
  secrets: Secrets
  /** The app and the definition come along only where nobody will have them any more: of a workspace that is deleted. */
  app?: App
  definition?: Service
}

/** Sealed for one revocation: in another row, or for another purpose, it does not open. */
export interface Sealing {
  seal(row: Pick<RevocationRow, 'id' | 'workspace_id'>, evidence: Evidence): Promise<Uint8Array>
  open(row: Pick<RevocationRow, 'id' | 'workspace_id' | 'sealed'>): Promise<Evidence>
}

// No field of a definition begins with a dot.
const APP = '.app'
const CLIENT_SECRET = '.client.secret'
const CLIENT_KEY = '.client.key'
const APP_FIELD = '.app.field.'
const DEFINITION = '.definition'

export function createSealing(vault: Pick<Vault, 'seal' | 'open'>): Sealing {
  const purpose = (id: string) => ['revocation', id]
  return {
    seal: async (row, evidence) => {
      const bundle = packed(parts(evidence))
      try {
        return await vault.seal(row.workspace_id, purpose(row.id), bundle.revealBytes())
      } finally {
        bundle.wipe()
      }
    },
    open: async (row) => {
      if (row.sealed === null) throw new Error('nothing is sealed in this revocation')
      const bytes = await vault.open(row.workspace_id, purpose(row.id), row.sealed)
      const bundle = Secret.of(bytes)
      bytes.fill(0)
      try {
        return put(unpacked(bundle, row.id))
      } finally {
        bundle.wipe()
      }
    },
  }
}

function parts({ secrets, app, definition }: Evidence): Record<string, Secret> {
  // An id token ends nothing.
  const { idToken: _, ...shown } = secrets
  const all: [string, Secret | undefined][] = Object.entries(shown)
  if (definition) all.push([DEFINITION, Secret.of(JSON.stringify(definition))])
  if (app) {
    const { client, fields, ...rest } = app
    const { secret, key, ...open } = client
    const { pem, ...keyWords } = key ?? {}
    all.push([APP, Secret.of(JSON.stringify({ ...rest, client: { ...open, ...(key ? { key: keyWords } : {}) } }))])
    all.push([CLIENT_SECRET, secret], [CLIENT_KEY, pem])
    for (const [name, field] of Object.entries(fields)) all.push([`${APP_FIELD}${name}`, field])
  }
  return Object.fromEntries(all.flatMap(([name, secret]) => (secret ? [[name, secret]] : [])))
}

function put(fields: Record<string, Secret>): Evidence {
  const secrets: Record<string, Secret> = {}
  const ofApp: Record<string, Secret> = {}
  for (const [name, secret] of Object.entries(fields)) {
    if (!name.startsWith('.')) secrets[name] = secret
    else if (name.startsWith(APP_FIELD)) ofApp[name.slice(APP_FIELD.length)] = secret
  }
  const definition = fields[DEFINITION]
  return {
    secrets,
    ...(fields[APP] ? { app: appOf(JSON.parse(fields[APP].reveal()) as Written, fields, ofApp) } : {}),
    ...(definition ? { definition: JSON.parse(definition.reveal()) as Service } : {}),
  }
}

type WithKey = NonNullable<App['client']['key']>
type Written = Omit<App, 'client' | 'fields'> & {
  client: Omit<App['client'], 'secret' | 'key'> & { key?: Omit<WithKey, 'pem'> }
}

function appOf({ client, ...rest }: Written, fields: Record<string, Secret>, ofApp: Secrets): App {
  const { key, ...open } = client
  const secret = fields[CLIENT_SECRET]
  const pem = fields[CLIENT_KEY]
  return {
    ...rest,
    fields: ofApp,
    client: { ...open, ...(secret ? { secret } : {}), ...(key && pem ? { key: { ...key, pem } } : {}) },
  }
}
