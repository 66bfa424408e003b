/** The shape of actions: named calls. */
import type { Action, Encoder, Input, Make } from '@cardea/catalog'
import { finite, json, templates } from './answers-shape.ts'
import { either, isBlock, isText, lines, list, object, record, type Shape, text, truth, word, yes } from './shape.ts'

const input = object<Input>(
  {
    is: word<Input['is']>({
      text: true,
      email: true,
      number: true,
      integer: true,
      boolean: true,
      time: true,
      date: true,
      url: true,
      json: true,
    }),
    about: text,
  },
  {
    optional: yes,
    many: yes,
    options: list(text),
    default: either(
      text,
      either(truth, finite, (value) => typeof value === 'boolean'),
      isText,
    ),
    example: text,
  },
)
type Mail = Extract<Make, { readonly from: Readonly<Record<string, string>> }>
const make: Shape<Make> = either(
  object<Mail>({ by: word<Mail['by']>({ email_base64url: true, email_base64: true }), from: templates }, {}),
  object<Exclude<Make, Mail>>(
    {
      by: word<Encoder>({
        base64: true,
        base64url: true,
        epoch_seconds: true,
        epoch_ms: true,
        comma_list: true,
        html_paragraphs: true,
        adf_document: true,
        mail_recipients: true,
      }),
      from: text,
    },
    {},
  ),
  (value) => isBlock(value) && isBlock((value as { from?: unknown }).from),
)
export const action = object<Action>(
  { does: word<Action['does']>({ read: true, write: true, destroy: true }), title: text, input: record(input) },
  {
    make: record(make),
    get: text,
    post: text,
    put: text,
    patch: text,
    delete: text,
    mail: word<NonNullable<Action['mail']>>({ send: true, list: true, read: true }),
    headers: templates,
    query: templates,
    body: json,
    form: templates,
    graphql: lines,
    variables: json,
    gives: text,
    scopes: list(text),
    methods: list(text),
  },
)
