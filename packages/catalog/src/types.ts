/**
 * The words in which a service is described. A definition is data: it can be written as YAML, the dashboard draws its
 * forms from it and the documentation is printed from it. Nothing here is a function, and nothing is evaluated.
 *
 * Templates hold `{name}`. What a name may be depends on where it stands: `settings`, `learn` and `derive` are public and may
 * shape an address; `fields` are secret and may only be sent. An entry whose optional value is empty is left out whole.
 */
import type { Action } from './actions.ts'
import type { Answers, Check, Identity } from './answers.ts'
import type { Obtain } from './obtain.ts'
import type { Send } from './send.ts'
import type { Path, Pattern, Scalar, Template } from './words.ts'

export type { Json, Path, Pattern, Scalar, Template } from './words.ts'

export interface Service {
  readonly name: string
  /** The vendor's page on getting credentials. */
  readonly docs: `https://${string}`
  readonly category: Category
  /** `slug` of simple-icons where it has one; otherwise one to three letters. The drawing is `icons/{id}.svg`. */
  readonly icon: { readonly slug: string } | { readonly letters: string; readonly colour: `#${string}` }
  readonly settings?: Settings
  readonly derive?: Derived
  /** Several addresses of one API: the check decides which one answers, and the connection remembers it. */
  readonly baseUrl?: Template | readonly Template[]
  /** Hosts beside that of `baseUrl` to which a credential may go. `*.` stands for one or more labels. */
  readonly hosts?: readonly Template[]
  /** Hosts to which only Cardea's own calls go (check, identity, look-ups), never a caller's. */
  readonly ownHosts?: readonly Template[]
  /** Sent unless the caller sends its own. */
  readonly headers?: Readonly<Record<string, Template>>
  readonly auth: Readonly<Record<string, Method>>
  readonly check: Check
  readonly identity: Identity
  readonly answers?: Answers
  /**
   * Calls that mint or reveal credentials, refused unless a policy allows them: `POST /api_keys/**`. Like every path, relative to
   * `baseUrl`; on other hosts the whole path. `*` is one segment or a part of one, `**` is the rest.
   */
  readonly guarded?: readonly Guarded[]
  readonly actions?: Readonly<Record<string, Action>>
  /** When somebody last compared this file with the vendor's own words, and where those are. */
  readonly verified: { readonly on: string; readonly by: readonly string[] }
}

export type Category =
  | 'accounting'
  | 'ai'
  | 'analytics'
  | 'automation'
  | 'calendar'
  | 'chat'
  | 'cloud'
  | 'cms'
  | 'commerce'
  | 'crm'
  | 'data'
  | 'design'
  | 'developer'
  | 'documents'
  | 'email'
  | 'email_delivery'
  | 'files'
  | 'forms'
  | 'generic'
  | 'health'
  | 'identity'
  | 'incident'
  | 'itsm'
  | 'knowledge'
  | 'marketing'
  | 'media'
  | 'meetings'
  | 'observability'
  | 'payments'
  | 'productivity'
  | 'project_management'
  | 'scheduling'
  | 'search'
  | 'security'
  | 'social'
  | 'support'
  | 'telephony'

/** One way to authenticate. Its blocks say who knows what: people (`fields`, `settings`), the service (`learn`), administrators (`app`). */
export interface Method {
  readonly type: AuthType
  readonly label: string
  readonly docs?: `https://${string}`
  /** What a person does at the service to get the credential (or an administrator, to register the app), in our own words. */
  readonly steps: readonly string[]
  readonly settings?: Settings
  readonly derive?: Derived
  /** What a person supplies. All of it is secret, always in the vault. */
  readonly fields?: Fields
  /** Secrets of the registered app beyond client id and secret. */
  readonly app?: { readonly fields: Fields }
  readonly obtain: Obtain
  readonly learn?: Learned
  readonly send: Send
  readonly scopes?: Scopes
  /** Settings that members choose although they stand in an address that receives the client secret; see `rules.ts`. */
  readonly perConnection?: readonly string[]
  readonly baseUrl?: Template | readonly Template[]
  readonly hosts?: readonly Template[]
  readonly headers?: Readonly<Record<string, Template>>
  readonly check?: Check
  readonly identity?: Identity
  /** Name of a file in `readers/`: another tool's login that holds these fields. */
  readonly reader?: string
  /** The vendor switches this method off: no new ones after `closes`, none works after `on`. */
  readonly retires?: { readonly on: string; readonly closes?: string; readonly use: string }
}

export type AuthType = 'oauth2' | 'apikey' | 'serviceaccount'

// ── What people supply ──────────────────────────────────────────────────────────────────────────────────────────────

export type Settings = Readonly<Record<string, Setting>>

interface SettingWords {
  readonly label: string
  readonly hint?: string
  readonly optional?: true
}
export interface ChoiceSetting extends SettingWords {
  readonly kind: 'choice'
  /** Values; or values with what follows from them: `{ eu: { label: 'Europe', api: 'api.eu.example.com' } }` gives `{region.api}`. */
  readonly options: readonly string[] | Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly default?: string
}
export interface TextSetting extends SettingWords {
  readonly kind: 'text'
  readonly pattern: Pattern
  readonly example?: string
  readonly default?: string
  /** Shown after the input and cut off what people paste: `.zendesk.com`. */
  readonly suffix?: string
}
/** A whole host name that a person types: the one place where an address is open. `pattern` narrows it where it can. */
export interface HostSetting extends SettingWords {
  readonly kind: 'host'
  readonly pattern?: Pattern
  readonly example?: string
  readonly default?: string
}
/** An https address that a person types; it may only begin a template. */
export interface UrlSetting extends SettingWords {
  readonly kind: 'url'
  readonly example?: string
  readonly default?: string
}
/** A path that a person types, with its leading slash; it may only begin a path. */
export interface PathSetting extends SettingWords {
  readonly kind: 'path'
  readonly example?: string
  readonly default?: string
}
/** Made by Cardea for each connection and shown, for services that want to be told (an external id). */
export interface GeneratedSetting extends SettingWords {
  readonly kind: 'generated'
}
export type Setting = ChoiceSetting | TextSetting | HostSetting | UrlSetting | PathSetting | GeneratedSetting

export type Fields = Readonly<Record<string, Field>>
export interface Field {
  readonly label: string
  readonly hint?: string
  readonly pattern?: Pattern
  readonly example?: string
  readonly optional?: true
  /** `json` must parse; `pem` is a private key and may be pasted with or without its line breaks. */
  readonly shape?: 'line' | 'lines' | 'json' | 'pem'
}

// ── What is computed or learned: public, patterned, may shape an address ───────────────────────────────────────────────

export type Derived = Readonly<Record<string, { readonly of: Template; readonly by: readonly Transform[] }>>
export type Transform = 'upper' | 'lower' | 'first_label' | 'underscores_to_hyphens' | 'without_trailing_slash'

export type Learned = Readonly<Record<string, Learn>>
/** A value named like a setting replaces that setting, and must then be a value the setting takes. */
export interface Learn {
  readonly from: 'callback' | 'token' | 'id_token' | 'field' | Lookup
  /** Query parameter, path into the answer, or claim. For a field: its name. */
  readonly at: Path
  /** For a field: the part kept is the first group, or the member of a JSON field. */
  readonly match?: Pattern
  readonly member?: Path
  /** The answer is an https address and only its host is kept. */
  readonly take?: 'host'
  /** What the value must look like before it is used for anything. Needless where a setting of that name says it. */
  readonly pattern?: Pattern
  /** When the service says nothing. It has to fit the pattern too. */
  readonly fallback?: Template
  /** Absent, or nothing that fits, is no failure. */
  readonly optional?: true
}
/** A call made once after connecting (or before, when `anonymous`) because later calls cannot be addressed without it. */
export interface Lookup {
  readonly get: Template
  readonly anonymous?: true
  readonly headers?: Readonly<Record<string, Template>>
  /** Where the choices lie when there may be several; `label` is what the person picks by. */
  readonly list?: Path
  readonly label?: Path
  readonly prefer?: Readonly<Record<Path, Scalar | { readonly claim: string }>>
}

/** `ask` is requested by default and nothing more; `offer` can be added by an administrator or by consenting again. */
export interface Scopes {
  readonly ask: Readonly<Record<string, string>>
  readonly offer?: Readonly<Record<string, string>>
  readonly separator?: ' ' | ','
  /** Asked for, never named in the answer. */
  readonly unlisted?: readonly string[]
  /** Prefixes: holding the first means holding the second. */
  readonly implies?: readonly (readonly [string, string])[]
}

export type Guarded = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ANY'} /${string}`
