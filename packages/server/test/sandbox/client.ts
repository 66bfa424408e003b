import { createHash, randomBytes } from 'node:crypto'
import { consentAt, type Says } from './visitor.ts'

/** An OAuth client by hand, so that the server is tested by something that shares no code with it. */
export interface PlainClient {
  post(path: string, form: Readonly<Record<string, string>>): Promise<Told>
  authorizeAddress(more?: Readonly<Record<string, string>>): { address: string; verifier: string }
  /** Consents in the browser and exchanges the code. */
  connect(how?: Says & { scope?: string }): Promise<Tokens>
  exchange(code: string, verifier: string): Promise<Told>
  refresh(token: string): Promise<Told>
  api(token: string, path: string, init?: RequestInit): Promise<Response>
}
export interface Told {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what there is
  body: any
}
export interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
}

export const REDIRECT_URI = 'http://127.0.0.1:4780/oauth/callback'
export const ALL_SCOPES = 'notes:read notes:write offline_access'

export function plainClient(issuer: string, { id, secret }: { id: string; secret: string }): PlainClient {
  const authorization = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

  const self: PlainClient = {
    post: async (path, form) => {
      const answer = await fetch(`${issuer}${path}`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams(form),
      })
      const text = await answer.text()
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
    },
    authorizeAddress: (more = {}) => {
      const verifier = randomBytes(32).toString('base64url')
      const params = {
        client_id: id,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: ALL_SCOPES,
        state: 'a state of ours',
        prompt: 'consent',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...more,
      }
      const kept = Object.entries(params).filter(([, value]) => value !== '')
      return { verifier, address: `${issuer}/authorize?${new URLSearchParams(kept)}` }
    },
    connect: async ({ scope, ...how } = {}) => {
      const { address, verifier } = self.authorizeAddress(scope ? { scope } : {})
      const back = await consentAt(address, how)
      const { status, body } = await self.exchange(back.searchParams.get('code')!, verifier)
      if (status !== 200) throw new Error(JSON.stringify(body))
      return body
    },
    exchange: (code, verifier) =>
      self.post('/token', {
        grant_type: 'authorization_code',
        code,
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      }),
    refresh: (token) => self.post('/token', { grant_type: 'refresh_token', refresh_token: token }),
    api: (token, path, init) => {
      const headers = { ...(init?.headers as Record<string, string>), authorization: `Bearer ${token}` }
      return fetch(`${issuer}/api${path}`, { ...init, headers })
    },
  }
  return self
}
