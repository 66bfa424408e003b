/** The part of the library that is used here: it comes without types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Adapter {
    upsert(id: string, payload: Payload, expiresIn: number): Promise<void>
    find(id: string): Promise<Payload | undefined>
    findByUid(uid: string): Promise<Payload | undefined>
    findByUserCode(userCode: string): Promise<Payload | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }
  export interface Payload {
    grantId?: string
    userCode?: string
    uid?: string
    consumed?: unknown
    [member: string]: unknown
  }

  export interface Client {
    clientId: string
    clientName?: string
    grantTypeAllowed(grant: string): boolean
  }
  export interface Context {
    req: IncomingMessage
    type: string
    status: number
    body: unknown
    oidc: {
      client?: Client
      session?: { state?: { secret?: string } }
      urlFor(route: string): string
    }
  }
  export interface AccessToken {
    accountId: string
    clientId: string
    grantId: string
    scopes: ReadonlySet<string>
  }
  export interface Grant {
    addOIDCScope(scopes: string): void
    rejectOIDCScope(scopes: string): void
    save(): Promise<string>
  }
  export interface Session {
    accountId?: string | undefined
    persist(): Promise<unknown>
  }
  export interface Interaction {
    uid: string
    params: Readonly<Record<string, string | undefined>>
    session?: { accountId?: string; uid?: string }
  }
  export type Submission =
    | { error: string; error_description: string }
    | { login: { accountId: string }; consent: { grantId: string } }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    readonly issuer: string
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    on(event: string, listener: (...given: never[]) => void): this
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    /** Where the browser goes on. */
    interactionResult(
      request: IncomingMessage,
      response: ServerResponse,
      result: Submission,
      how: { mergeWithLastSubmission: boolean },
    ): Promise<string>
    readonly AccessToken: { find(value: string): Promise<AccessToken | undefined> }
    readonly Client: { find(id: string): Promise<Client | undefined> }
    readonly Grant: new (of: {
      accountId: string
      clientId: string
    }) => Grant
    readonly Session: { findByUid(uid: string): Promise<Session | undefined> }
  }
}
