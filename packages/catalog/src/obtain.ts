/** How what people supply becomes what is sent. Standard OAuth is the default; each word here is a deviation somebody ships. */
import type { Condition } from './answers.ts'
import type { Sign } from './send.ts'
import type { Path, Scalar, Template } from './words.ts'

export type Obtain =
  | NothingToObtain
  | AuthorizationCode
  | ClientCredentials
  | DeviceCode
  | Assertion
  | SignedJwt
  | Login
  | SamlAssertion
  | Discovered
  | Fragment
  | OAuth1

/** The fields are the credential. */
export interface NothingToObtain {
  readonly by: 'nothing'
}

/** Words that every call of a token endpoint shares. */
export interface TokenEndpoint {
  readonly token: Template
  /** By default `basic`. A list is a choice of the registered app, its default first. */
  readonly client?: ClientAuth | readonly ClientAuth[]
  /** By default a form. `query` makes it a GET. */
  readonly body?: 'form' | 'json' | 'query'
  readonly headers?: Readonly<Record<string, Template>>
  /** What this service calls the standard parameters; null leaves one out. */
  readonly names?: Readonly<Partial<Record<StandardParameter, string | null>>>
  readonly grant?: string
  readonly extra?: {
    readonly authorize?: Params
    readonly token?: Params
    readonly refresh?: Params
  }
  readonly answer?: TokenAnswer
  readonly refresh?: Refresh | false
  readonly revoke?: Revoke | { readonly none: string }
  /** Hosts whose access tokens are minted apart from the same refresh token, and the scope that does it. */
  readonly resources?: Readonly<Record<Template, Template>>
}
export type ClientAuth = 'basic' | 'secret_as_user' | 'body' | 'private_key' | 'none'
export type StandardParameter =
  | 'clientId'
  | 'clientSecret'
  | 'redirectUri'
  | 'scope'
  | 'state'
  | 'code'
  | 'grantType'
  | 'responseType'
export type Params = Readonly<Record<string, Template>>

export interface AuthorizationCode extends TokenEndpoint {
  readonly by: 'code'
  readonly authorize: Template
  /** S256 is always sent unless the service refuses it; `required` makes tests and simulators insist. */
  readonly pkce?: 'required' | 'refused'
  readonly callback?: Callback
  /** Short-lived tokens are swapped once for long-lived ones. */
  readonly exchange?: TokenCall
}
export interface Callback {
  /** Glued to the end of code or state by the service. */
  readonly trim?: string
  readonly signed?: { readonly by: 'sorted_query_hmac_sha256'; readonly at: string }
  /** The service keeps no state of ours: it travels inside the redirect address. */
  readonly state?: 'in_redirect'
  /** Granted scopes come back here, not in the token answer. */
  readonly scope?: string
}
export interface TokenCall {
  readonly url: Template
  readonly method?: 'GET' | 'POST'
  readonly params: Params
}

export interface ClientCredentials extends TokenEndpoint {
  readonly by: 'client_credentials'
}

export interface DeviceCode extends TokenEndpoint {
  readonly by: 'device'
  readonly device: Template
}

/** A JWT of ours buys a token (RFC 7523): as the grant, as client authentication, or as a bearer. */
export interface Assertion extends TokenEndpoint {
  readonly by: 'assertion'
  readonly as: 'grant' | 'client' | 'bearer'
  readonly jwt: Jwt
}
/** The JWT is the credential itself: `{jwt}`. */
export interface SignedJwt {
  readonly by: 'jwt'
  readonly jwt: Jwt
}
export interface Jwt {
  readonly alg: 'RS256' | 'ES256' | 'HS256'
  /** `member` picks the key out of a JSON field. */
  readonly key: { readonly field: string; readonly member?: Path; readonly passphrase?: string }
  readonly header?: Readonly<Record<string, Template>>
  /** `{keyFingerprint}` is base64 of the SHA-256 of the public key. `iat` and `exp` are added. */
  readonly claims: Readonly<Record<string, Template>>
  readonly lifeSeconds: number
  /** Against clocks that run ahead of the service's. */
  readonly backdateSeconds?: number
  readonly jti?: true
}

/** Two steps: a call with the fields gives what is sent. */
export interface Login {
  readonly by: 'login'
  readonly url: Template
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, Template>>
  readonly json?: Params
  readonly form?: Params
  readonly basic?: { readonly user: Template; readonly password: Template }
  readonly sign?: Sign
  readonly gives: Readonly<Record<string, Path>>
  readonly answer?: Omit<TokenAnswer, 'within'>
}

/** RFC 7522. */
export interface SamlAssertion extends TokenEndpoint {
  readonly by: 'saml'
  readonly assertion: Template
}

/** Everything comes from the metadata that the address itself announces. */
export interface Discovered {
  readonly by: 'discovery'
  readonly resource?: Template
  readonly issuer?: Template
  /** Tried in this order: a client metadata document, dynamic registration, an app that an administrator registered. */
  readonly register: readonly ('document' | 'dynamic' | 'app')[]
  readonly answer?: TokenAnswer
}

/** The token comes back behind the `#`, so that a page of ours must hand it in. */
export interface Fragment {
  readonly by: 'fragment'
  readonly authorize: Template
  readonly params: Params
  readonly returnsTo: string
  readonly at: string
}

export interface OAuth1 {
  readonly by: 'oauth1'
  readonly request: Template
  readonly authorize: Template
  readonly token: Template
  readonly params?: Params
}

/** Where the answer differs from RFC 6749. Numbers may come as strings, a scope as an array: both are always read. */
export interface TokenAnswer {
  /** Objects in which to look, in order; the first that holds an access token wins, for every member. */
  readonly within?: readonly Path[]
  readonly at?: Readonly<Partial<Record<AnswerMember, Path>>>
  /** Failure inside a 200. A member `error` always is one. */
  readonly failure?: Condition
  /** Life when the answer names none: seconds; `never`; or `unknown`, to be found out by a 401. */
  readonly lifetime?: number | 'never' | 'unknown'
  /** `expires_in: 0` means never. */
  readonly zero?: 'never'
  readonly separator?: ' ' | ','
}
/** `expiresAt` is read as ISO date, epoch seconds or epoch milliseconds, by its form. */
export type AnswerMember =
  | 'accessToken'
  | 'refreshToken'
  | 'idToken'
  | 'expiresIn'
  | 'expiresAt'
  | 'refreshExpiresIn'
  | 'refreshExpiresAt'
  | 'scope'

/** Always: what comes back replaces what was stored, and what does not come back is kept. */
export interface Refresh {
  readonly url?: Template
  readonly method?: 'GET' | 'POST'
  /** Replaces the standard parameters altogether. */
  readonly params?: Params
  readonly client?: ClientAuth
  /** The refresh token goes here instead of the body. */
  readonly headers?: Readonly<Record<string, Template>>
  /** The access token is renewed by itself. It cannot be renewed once it has expired. */
  readonly presents?: 'access_token'
  readonly withRedirectUri?: true
  readonly withScope?: true
  /** `always`: the old one dies at once. */
  readonly rotates?: 'always' | 'sometimes' | 'never'
  /** The just-used token still works this long. */
  readonly graceSeconds?: number
  /** Presenting a used token ends the whole grant. */
  readonly reuse?: 'revokes_all'
  readonly lapses?: { readonly idleSeconds?: number; readonly afterSeconds?: number }
  readonly notBeforeSeconds?: number
}

/** `{liveToken}` is the refresh token where there is one, else the access token. */
export interface Revoke {
  readonly url: Template
  readonly method?: 'POST' | 'DELETE' | 'GET'
  readonly body?: 'form' | 'json' | 'query' | 'empty'
  readonly params?: Params
  readonly client?: ClientAuth
  readonly headers?: Readonly<Record<string, Template>>
  /** What ends with it, when that is more than this connection. */
  readonly ends?: 'grant' | 'installation'
  readonly ok?: { readonly path: Path; readonly is: Scalar }
}
