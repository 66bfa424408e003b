import type { Life, Obtained, Ticket } from '../../oauth/oauth.ts'
import { Secret } from '../../secret.ts'

/** What a flow must show again later, and what it was given while somebody is still asked. Sealed in its row, and gone when it is over. */
export interface Kept {
  redirectUri: string
  /** Fields of the credential that are there before anybody consents, what was found out about the server among them. */
  fields: Record<string, Secret>
  ticket?: Ticket
  /** OAuth 1.0a. */
  temporary?: { token: string; tokenSecret: Secret }
  deviceCode?: Secret
  /** Of a discovered server. */
  issuer?: string
  issuerAnnounced?: boolean
  resource?: string
  pushTo?: string
  /** The hosted page to which the person goes back. */
  page?: Secret
  /** From the way back, before the exchange: it may say where that happens. */
  learned?: Record<string, string>
  obtained?: Obtained
  choice?: string
  acceptsOtherAccount?: true
}

interface Written extends Omit<Kept, 'fields' | 'temporary' | 'deviceCode' | 'page' | 'obtained'> {
  fields: Record<string, string>
  temporary?: { token: string; tokenSecret: string }
  deviceCode?: string
  page?: string
  obtained?: Omit<Obtained, 'secrets' | 'life'> & { secrets: Record<string, string>; life: Life }
}

export function writtenKept({ fields, temporary, deviceCode, page, obtained, ...plain }: Kept): Buffer {
  const written: Written = {
    ...plain,
    fields: texts(fields),
    ...(temporary ? { temporary: { ...temporary, tokenSecret: temporary.tokenSecret.reveal() } } : {}),
    ...(deviceCode ? { deviceCode: deviceCode.reveal() } : {}),
    ...(page ? { page: page.reveal() } : {}),
    ...(obtained ? { obtained: { ...obtained, secrets: texts(obtained.secrets) } } : {}),
  }
  return Buffer.from(JSON.stringify(written))
}

export function readKept(bytes: Buffer): Kept {
  const { fields, temporary, deviceCode, page, obtained, ...plain } = JSON.parse(bytes.toString('utf8')) as Written
  bytes.fill(0)
  return {
    ...plain,
    fields: secrets(fields),
    ...(temporary ? { temporary: { ...temporary, tokenSecret: Secret.of(temporary.tokenSecret) } } : {}),
    ...(deviceCode ? { deviceCode: Secret.of(deviceCode) } : {}),
    ...(page ? { page: Secret.of(page) } : {}),
    ...(obtained ? { obtained: { ...obtained, secrets: secrets(obtained.secrets) } } : {}),
  }
}

function texts(of: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(of).map(([name, secret]) => [name, secret.reveal()]))
}

function secrets(of: Readonly<Record<string, string>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(of).map(([name, text]) => [name, Secret.of(text)]))
}
