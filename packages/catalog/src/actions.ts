/** Named calls. Inputs are what a person would write; `make` turns them into what the wire wants, by a closed set of encoders. */
import type { Json, Path, Template } from './words.ts'

export interface Action {
  readonly does: 'read' | 'write' | 'destroy'
  readonly title: string
  readonly input: Readonly<Record<string, Input>>
  readonly make?: Readonly<Record<string, Make>>
  readonly get?: Template
  readonly post?: Template
  readonly put?: Template
  readonly patch?: Template
  readonly delete?: Template
  /** Instead of an address: the mail protocols of the connection. */
  readonly mail?: 'send' | 'list' | 'read'
  readonly headers?: Readonly<Record<string, Template>>
  readonly query?: Readonly<Record<string, Template>>
  /** A string that is nothing but `{name}` takes the value with its type; a member whose input is absent is left out. */
  readonly body?: Json
  readonly form?: Readonly<Record<string, Template>>
  /** Never filled: inputs travel as variables. */
  readonly graphql?: string
  readonly variables?: Json
  /** The part of the answer that a caller wants. */
  readonly gives?: Path
  /** Any of these is enough. */
  readonly scopes?: readonly string[]
  readonly methods?: readonly string[]
}

export interface Input {
  readonly is: 'text' | 'email' | 'number' | 'integer' | 'boolean' | 'time' | 'date' | 'url' | 'json'
  readonly about: string
  readonly optional?: true
  readonly many?: true
  readonly options?: readonly string[]
  readonly default?: string | number | boolean
  readonly example?: string
}

export type Make =
  /** RFC 5322 with UTF-8 subject and body; a line break in an address or subject is refused. */
  | { readonly by: 'email_base64url' | 'email_base64'; readonly from: Readonly<Record<string, Template>> }
  | { readonly by: Encoder; readonly from: Template }
export type Encoder =
  | 'base64'
  | 'base64url'
  | 'epoch_seconds'
  | 'epoch_ms'
  | 'comma_list'
  | 'html_paragraphs'
  /** Plain text as Atlassian's document tree. */
  | 'adf_document'
  /** Each entry becomes an object with one member: `ada@x` → `{ emailAddress: { address: 'ada@x' } }`. */
  | 'mail_recipients'
