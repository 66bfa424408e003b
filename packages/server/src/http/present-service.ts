import type { Action, Field, Fields, Input, Method, Service, Setting, Settings } from '@cardea/catalog'
import type * as Wire from '@cardea/sdk'
import { appSettings, hostsOf, type KnownService, needsApp } from '../services/services.ts'

/** Definitions as forms and pages need them: what a person is asked and told, never how a request is put together. */
export function service({ id, origin, version, definition }: KnownService): Wire.Service {
  const { name, category, docs } = definition
  return {
    id,
    name,
    category,
    docs,
    origin,
    version,
    settings: settings(definition.settings),
    methods: Object.entries(definition.auth).map(([key, each]) => method(key, each, definition)),
  }
}

export function serviceDetail(known: KnownService): Wire.ServiceDetail {
  const { definition, source } = known
  const { guarded = [], actions = {}, verified } = definition
  return {
    ...service(known),
    hosts: hostsOf(definition),
    guarded: [...guarded],
    actions: Object.entries(actions).map(([name, each]) => action(name, each)),
    verified: { on: verified.on, by: [...verified.by] },
    source: source ? { format: source.format, text: source.text } : null,
  }
}

function method(id: string, given: Method, owner: Service): Wire.ServiceMethod {
  const { type, label, docs, steps, scopes, reader, retires } = given
  const scope =
    (asked: boolean) =>
    ([name, sentence]: [string, string]) => ({ name, sentence, asked })
  return {
    id,
    type,
    label,
    docs: docs ?? null,
    steps: [...steps],
    needsApp: needsApp(given),
    appFields: fields(given.app?.fields),
    appSettings: needsApp(given) ? appSettings(owner, given) : [],
    settings: settings(given.settings),
    fields: fields(given.fields),
    scopes: [
      ...Object.entries(scopes?.ask ?? {}).map(scope(true)),
      ...Object.entries(scopes?.offer ?? {}).map(scope(false)),
    ],
    reader: reader ?? null,
    retires: retires ? { on: retires.on, use: retires.use } : null,
  }
}

function fields(given: Fields = {}): Wire.ServiceField[] {
  return Object.entries(given).map(([name, { label, hint, pattern, example, optional, shape }]: [string, Field]) => ({
    name,
    label,
    hint: hint ?? null,
    pattern: pattern ?? null,
    example: example ?? null,
    optional: optional ?? false,
    shape: shape ?? 'line',
  }))
}

function settings(given: Settings = {}): Wire.ServiceSetting[] {
  return Object.entries(given).map(([name, setting]) => ({
    name,
    kind: setting.kind,
    label: setting.label,
    hint: setting.hint ?? null,
    optional: setting.optional ?? false,
    options: setting.kind === 'choice' ? options(setting.options) : null,
    pattern: word(setting, 'pattern'),
    example: word(setting, 'example'),
    default: word(setting, 'default'),
    suffix: word(setting, 'suffix'),
  }))
}

function word(setting: Setting, name: 'pattern' | 'example' | 'default' | 'suffix'): string | null {
  return (setting as Partial<Record<typeof name, string>>)[name] ?? null
}

function options(given: Extract<Setting, { kind: 'choice' }>['options']): { value: string; label: string }[] {
  if (Array.isArray(given)) return (given as readonly string[]).map((value) => ({ value, label: value }))
  return Object.entries(given as Record<string, Record<string, string>>).map(([value, { label }]) => ({
    value,
    label: label ?? value,
  }))
}

function action(name: string, { title, does, input, scopes = [], methods }: Action): Wire.ServiceAction {
  return {
    name,
    title,
    does,
    inputs: Object.entries(input).map(([key, each]) => actionInput(key, each)),
    scopes: [...scopes],
    methods: methods ? [...methods] : null,
  }
}

function actionInput(name: string, given: Input): Wire.ServiceInput {
  return {
    name,
    is: given.is,
    about: given.about,
    optional: given.optional ?? false,
    many: given.many ?? false,
    options: given.options ? [...given.options] : null,
    default: given.default ?? null,
    example: given.example ?? null,
  }
}
