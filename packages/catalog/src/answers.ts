/** How answers are read: is the credential good, whose is it, and what is the service really saying. */
import type { Json, Path, Scalar, Template } from './words.ts'

/** All parts must hold. Without `path` or `header`, `contains` looks at the whole body. */
export interface Condition {
  readonly status?: number | readonly number[]
  readonly path?: Path
  readonly header?: string
  readonly is?: Scalar | readonly Scalar[]
  readonly not?: Scalar | readonly Scalar[]
  readonly exists?: boolean
  readonly contains?: string
}

/** Passed means: the expected status (any 2xx unless told), JSON (unless told), and `ok`. */
export type Check = CheckCall | { readonly mail: 'login' } | { readonly mcp: Template } | { readonly none: string }
export type CheckCall = (
  | { readonly get: Template; readonly post?: never }
  | { readonly post: Template; readonly get?: never }
) &
  CheckWords
interface CheckWords {
  readonly headers?: Readonly<Record<string, Template>>
  readonly body?: Json
  readonly form?: Readonly<Record<string, Template>>
  /** Never filled, so that its braces stay its own. Passed means also: no `errors`. */
  readonly graphql?: string
  readonly answer?: 'json' | 'text' | 'any'
  readonly ok?: Condition
  /** A refusal that proves the credential all the same (a validation error on an empty order). */
  readonly alsoOk?: readonly Condition[]
  /** The service answers yes to anybody: the result is `accepted`, never `verified`. */
  readonly weak?: true
  readonly proves?: string
}

/** Which account this is. `id` joins its paths; `label` is the first of its paths that is not empty; `at` names the place. */
export type Identity =
  | {
      readonly from?:
        | 'check'
        | 'token'
        | 'id_token'
        | 'values'
        | { readonly get: Template }
        | { readonly graphql: string; readonly post: Template }
      readonly id: Path | readonly Path[]
      readonly label?: Path | readonly Path[]
      readonly team?: Path
      readonly at?: Template
      readonly header?: string
    }
  /** The service does not say: connections are told apart by a keyed hash of the credential. */
  | { readonly none: string }

/** How this service says what others say by status alone. Tried in this order; each list means any of. */
export interface Answers {
  /** Genuine, but not for this call. By default 403. */
  readonly restricted?: readonly Condition[]
  /** By default 401. */
  readonly rejected?: readonly Condition[]
  /** By default 429. */
  readonly limited?: readonly Condition[]
  /** The service is there but asleep or in maintenance: says nothing about the credential. By default 5xx. */
  readonly unavailable?: readonly Condition[]
  /** Our definition is old. By default 410. */
  readonly retired?: readonly Condition[]
  /** The header that says when to come back, when it is not Retry-After. */
  readonly comeBack?: { readonly header: string; readonly as: 'seconds' | 'epoch_seconds' | 'epoch_ms' }
}
