/** The shape of a definition, word by word as in the catalog's types: the compiler holds the two together. */
import type {
  Category,
  ChoiceSetting,
  Derived,
  Field,
  Fields,
  GeneratedSetting,
  Guarded,
  HostSetting,
  Learn,
  Learned,
  Lookup,
  Method,
  PathSetting,
  Scopes,
  Service,
  Setting,
  Settings,
  TextSetting,
  Transform,
  UrlSetting,
} from '@cardea/catalog'
import { action } from './actions-shape.ts'
import { answers, check, identity, scalar, templates, textOrTexts } from './answers-shape.ts'
import { obtain, send } from './obtain-shape.ts'
import {
  colour,
  either,
  exactly,
  has,
  https,
  isBlock,
  isList,
  list,
  matching,
  type OptionalWords,
  object,
  pair,
  record,
  type Shape,
  tagged,
  text,
  word,
  yes,
} from './shape.ts'

const settingWords = { label: text }
const settingHints: OptionalWords<GeneratedSetting> = { hint: text, optional: yes }
const setting: Shape<Setting> = tagged<Setting, 'kind'>('kind', {
  choice: object<ChoiceSetting>(
    { ...settingWords, kind: exactly('choice'), options: either(list(text), record(record(text)), isList) },
    { ...settingHints, default: text },
  ),
  text: object<TextSetting>(
    { ...settingWords, kind: exactly('text'), pattern: text },
    { ...settingHints, example: text, default: text, suffix: text },
  ),
  host: object<HostSetting>(
    { ...settingWords, kind: exactly('host') },
    { ...settingHints, pattern: text, example: text, default: text },
  ),
  url: object<UrlSetting>({ ...settingWords, kind: exactly('url') }, { ...settingHints, example: text, default: text }),
  path: object<PathSetting>(
    { ...settingWords, kind: exactly('path') },
    { ...settingHints, example: text, default: text },
  ),
  generated: object<GeneratedSetting>({ ...settingWords, kind: exactly('generated') }, settingHints),
})
const settings: Shape<Settings> = record(setting)

const field = object<Field>(
  { label: text },
  {
    hint: text,
    pattern: text,
    example: text,
    optional: yes,
    shape: word<NonNullable<Field['shape']>>({ line: true, lines: true, json: true, pem: true }),
  },
)
const fields: Shape<Fields> = record(field)

const derived: Shape<Derived> = record(
  object<Derived[string]>(
    {
      of: text,
      by: list(
        word<Transform>({
          upper: true,
          lower: true,
          first_label: true,
          underscores_to_hyphens: true,
          without_trailing_slash: true,
        }),
      ),
    },
    {},
  ),
)

const lookup = object<Lookup>(
  { get: text },
  {
    anonymous: yes,
    headers: templates,
    list: text,
    label: text,
    prefer: record(either(object<{ readonly claim: string }>({ claim: text }, {}), scalar, isBlock)),
  },
)
const learned: Shape<Learned> = record(
  object<Learn>(
    {
      from: either(
        lookup,
        word<Exclude<Learn['from'], Lookup>>({ callback: true, token: true, id_token: true, field: true }),
        isBlock,
      ),
      at: text,
    },
    { match: text, member: text, take: exactly('host'), pattern: text, fallback: text, optional: yes },
  ),
)

const scopes = object<Scopes>(
  { ask: record(text) },
  {
    offer: record(text),
    separator: word<NonNullable<Scopes['separator']>>({ ' ': true, ',': true }),
    unlisted: list(text),
    implies: list(pair(text, text)),
  },
)

const method = object<Method>(
  {
    type: word<Method['type']>({ oauth2: true, apikey: true, serviceaccount: true }),
    label: text,
    steps: list(text),
    obtain,
    send,
  },
  {
    docs: https,
    settings,
    derive: derived,
    fields,
    app: object<NonNullable<Method['app']>>({ fields }, {}),
    learn: learned,
    scopes,
    perConnection: list(text),
    baseUrl: textOrTexts,
    hosts: list(text),
    headers: templates,
    check,
    identity,
    reader: text,
    retires: object<NonNullable<Method['retires']>>({ on: text, use: text }, { closes: text }),
  },
)

type Icon = Service['icon']
export const service: Shape<Service> = object<Service>(
  {
    name: matching(/^\S(.{0,78}\S)?$/u, 'a name of up to 80 characters'),
    docs: https,
    category: word<Category>({
      accounting: true,
      ai: true,
      analytics: true,
      automation: true,
      calendar: true,
      chat: true,
      cloud: true,
      cms: true,
      commerce: true,
      crm: true,
      data: true,
      design: true,
      developer: true,
      documents: true,
      email: true,
      email_delivery: true,
      files: true,
      forms: true,
      generic: true,
      health: true,
      identity: true,
      incident: true,
      itsm: true,
      knowledge: true,
      marketing: true,
      media: true,
      meetings: true,
      observability: true,
      payments: true,
      productivity: true,
      project_management: true,
      scheduling: true,
      search: true,
      security: true,
      social: true,
      support: true,
      telephony: true,
    }),
    icon: either(
      object<Extract<Icon, { readonly letters: string }>>(
        { letters: matching(/^[\p{L}\p{N}@#&+.-]{1,3}$/u, 'one to three letters'), colour },
        {},
      ),
      object<Extract<Icon, { readonly slug: string }>>({ slug: matching(/^[a-z0-9_.-]{1,60}$/, 'a slug') }, {}),
      has('letters'),
    ),
    auth: record(method),
    check,
    identity,
    verified: object<Service['verified']>({ on: text, by: list(text) }, {}),
  },
  {
    settings,
    derive: derived,
    baseUrl: textOrTexts,
    hosts: list(text),
    ownHosts: list(text),
    headers: templates,
    answers,
    guarded: list(
      matching<Guarded>(/^(GET|POST|PUT|PATCH|DELETE|ANY) \/[\x21-\x7e]*$/, 'a method and a path: POST /keys/**'),
    ),
    actions: record(action),
  },
)
