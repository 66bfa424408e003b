/** Where the credential goes on a request. */
import type { Template } from './words.ts'

export interface Send {
  readonly headers?: Readonly<Record<string, Template>>
  readonly query?: Readonly<Record<string, Template>>
  readonly cookies?: Readonly<Record<string, Template>>
  /** `{path}` is the caller's path: `/bot{token}{path}`. */
  readonly path?: Template
  /** Members of a JSON or form body. */
  readonly body?: Readonly<Record<string, Template>>
  readonly basic?: { readonly user: Template; readonly password: Template }
  /** The whole address is the credential. */
  readonly url?: Template
  readonly sign?: Sign
  readonly mail?: MailLogin
}
export type Sign = SigV4 | OAuth1Signature
export interface SigV4 {
  readonly with: 'sigv4'
  readonly keyId: Template
  readonly secret: Template
  readonly session?: Template
  /** Where the host itself names service and region, the host wins. */
  readonly service: Template
  readonly region: Template
  /** Services whose path is encoded once instead of twice. */
  readonly encodeOnce?: readonly string[]
}
export interface OAuth1Signature {
  readonly with: 'oauth1'
  readonly method: 'HMAC-SHA1' | 'HMAC-SHA256'
  readonly token: Template
  readonly tokenSecret: Template
}
export interface MailLogin {
  readonly smtp: MailServer
  readonly imap?: MailServer
  readonly user: Template
  readonly password?: Template
  /** SASL XOAUTH2. */
  readonly token?: Template
  readonly sender?: Template
}
export interface MailServer {
  readonly host: Template
  readonly port: Template
  /** `tls` from the first byte, or `starttls`; never in clear. */
  readonly security: Template
}
