/** The shape of how answers are read: checks, identities, conditions. */
import type { Answers, Check, Condition, Identity, Json, Scalar } from '@cardea/catalog'
import {
  absent,
  anything,
  either,
  exactly,
  has,
  isBlock,
  isList,
  isText,
  lines,
  list,
  type OptionalWords,
  object,
  record,
  type Shape,
  text,
  truth,
  wholeNumber,
  word,
  yes,
} from './shape.ts'

export const json = anything<Json>()
export const finite: Shape<number> = {
  look: (value, at, flaws) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) flaws.push({ at, message: 'must be text or a number' })
  },
}
const isTruth = (value: unknown) => typeof value === 'boolean'
export const scalar: Shape<Scalar> = either(
  text,
  either(exactly(null), either(truth, finite, isTruth), (value) => value === null),
  isText,
)
const scalars = either(list(scalar), scalar, isList)
export const templates: Shape<Readonly<Record<string, string>>> = record(text)
export const textOrTexts: Shape<string | readonly string[]> = either(text, list(text), isText)

export const condition = object<Condition>(
  {},
  {
    status: either(list(wholeNumber), wholeNumber, isList),
    path: text,
    header: text,
    is: scalars,
    not: scalars,
    exists: truth,
    contains: text,
  },
)
type CheckBy<Word extends string> = Extract<Check, { readonly [W in Word]: unknown }>
const checkWords: OptionalWords<Omit<CheckBy<'get'>, 'get' | 'post'>> = {
  headers: templates,
  body: json,
  form: templates,
  graphql: lines,
  answer: word({ json: true, text: true, any: true }),
  ok: condition,
  alsoOk: list(condition),
  weak: yes,
  proves: text,
}
export const check: Shape<Check> = either(
  object<CheckBy<'none'>>({ none: text }, {}),
  either(
    object<CheckBy<'mail'>>({ mail: exactly('login') }, {}),
    either(
      object<CheckBy<'mcp'>>({ mcp: text }, {}),
      either(
        object<CheckBy<'post'>>({ post: text }, { ...checkWords, get: absent }),
        object<CheckBy<'get'>>({ get: text }, { ...checkWords, post: absent }),
        has('post'),
      ),
      has('mcp'),
    ),
    has('mail'),
  ),
  has('none'),
)

type Known = Extract<Identity, { readonly id: unknown }>
type From = NonNullable<Known['from']>
export const identity: Shape<Identity> = either(
  object<Exclude<Identity, Known>>({ none: text }, {}),
  object<Known>(
    { id: textOrTexts },
    {
      from: either(
        either(
          object<Extract<From, { readonly graphql: unknown }>>({ graphql: lines, post: text }, {}),
          object<Extract<From, { readonly get: unknown }>>({ get: text }, {}),
          has('graphql'),
        ),
        word<Extract<From, string>>({ check: true, token: true, id_token: true, values: true }),
        isBlock,
      ),
      label: textOrTexts,
      team: text,
      at: text,
      header: text,
    },
  ),
  has('none'),
)

export const answers = object<Answers>(
  {},
  {
    restricted: list(condition),
    rejected: list(condition),
    limited: list(condition),
    unavailable: list(condition),
    retired: list(condition),
    comeBack: object<NonNullable<Answers['comeBack']>>(
      {
        header: text,
        as: word<NonNullable<Answers['comeBack']>['as']>({ seconds: true, epoch_seconds: true, epoch_ms: true }),
      },
      {},
    ),
  },
)
