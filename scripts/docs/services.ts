// A page for each service, from its definition, and a list of them by category.
import type { Action, Check, Identity, Input, Method, Service } from '@cardea/catalog'
import { services } from '@cardea/catalog'
import { appSettings, hostsOf, needsApp } from '../../packages/server/src/services/services.ts'
import { fieldList, sentence, settingList } from './entered.ts'

const all = Object.entries(services) as [string, Service][]

export const servicePages: Record<string, () => string> = {
  'services/README.md': list,
  ...Object.fromEntries(all.map(([id, service]) => [`services/${id}.md`, () => page(id, service)])),
}

function list(): string {
  const byCategory = Map.groupBy(all, ([, { category }]) => category)
  const sections = [...byCategory]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([category, found]) => {
      const rows = found
        .sort(([, a], [, b]) => a.name.localeCompare(b.name, 'en'))
        .map(([id, { name, auth, actions = {} }]) => {
          const methods = Object.values(auth).map(({ label }) => cell(label))
          return `| [${cell(name)}](${id}.md) | \`${id}\` | ${methods.join(' · ')} | ${Object.keys(actions).length} |`
        })
      return `## ${title(category)}\n\n| service | id | ways to connect | actions |\n|---|---|---|---|\n${rows.join('\n')}`
    })
  return `# Services

Cardea comes with ${all.length} services. How to describe one of your own: [services](../../guide/services.md).

${sections.join('\n\n')}
`
}

function page(id: string, service: Service): string {
  const { name, docs, category, auth, settings = {}, actions = {}, guarded = [], verified } = service
  const methods = Object.entries(auth)
  return `${[
    `# ${name}`,
    `\`${id}\` · ${title(category).toLowerCase()} · [${name} on credentials](${docs})`,
    ...(Object.keys(settings).length > 0
      ? [
          '## Settings',
          'Asked of each connection, or with the app where a method says so. None of it is secret.',
          settingList(settings),
        ]
      : []),
    '## Ways to connect',
    ...methods.flatMap(([key, method]) => methodParts(key, method, service)),
    '## What Cardea does with it',
    facts(service).join('\n'),
    ...(guarded.length > 0
      ? [
          '## Calls that are refused',
          'They make or show credentials. A policy of the workspace can allow them.',
          guarded.map((call) => `- \`${call}\``).join('\n'),
        ]
      : []),
    ...(Object.keys(actions).length > 0
      ? ['## Actions', ...Object.entries(actions).flatMap(([key, action]) => actionParts(`${id}.${key}`, action))]
      : []),
    '## Sources',
    `Compared on ${verified.on} with:`,
    verified.by.map((source) => `- <${source}>`).join('\n'),
  ].join('\n\n')}\n`
}

function methodParts(id: string, method: Method, service: Service): string[] {
  const { label, docs, steps, settings = {}, fields = {}, scopes, reader, retires } = method
  const isApp = needsApp(method)
  const ofApp = isApp ? appSettings(service, method) : []
  const appFields = Object.entries(method.app?.fields ?? {})
  const scopeList = (given: Readonly<Record<string, string>>) =>
    Object.entries(given)
      .map(([scope, sentence]) => `- \`${scope}\`: ${sentence}`)
      .join('\n')
  return [
    `### ${label}`,
    [`\`${id}\``, KINDS[method.obtain.by], ...(docs ? [`[the vendor's page](${docs})`] : [])].join(' · '),
    ...(retires ? [`> ${service.name} ends this method on ${retires.on}. Use \`${retires.use}\` instead.`] : []),
    ...(isApp ? ['An administrator registers an app, once:'] : []),
    steps.map((step, index) => `${index + 1}. ${step}`).join('\n'),
    ...(appFields.length > 0
      ? ['The app has, beside client id and secret:', fieldList(Object.fromEntries(appFields))]
      : []),
    ...(ofApp.length > 0
      ? [
          `${ofApp.map((name) => `\`${name}\``).join(', ')} belong${ofApp.length > 1 ? '' : 's'} to the app: members do not choose ${ofApp.length > 1 ? 'them' : 'it'}.`,
        ]
      : []),
    ...(Object.keys(settings).length > 0 ? ['Not secret:', settingList(settings)] : []),
    ...(Object.keys(fields).length > 0 ? ['Secret:', fieldList(fields)] : []),
    ...(reader ? [`The command line finds the login of another tool (\`${reader}\`) and offers it.`] : []),
    ...(scopes && Object.keys(scopes.ask).length > 0 ? ['Asked for:', scopeList(scopes.ask)] : []),
    ...(scopes?.offer ? ['Can be added:', scopeList(scopes.offer)] : []),
    ...(method.check ? [checkSentence(method.check)] : []),
  ]
}

const KINDS: Record<Method['obtain']['by'], string> = {
  nothing: 'sent as it is',
  code: 'OAuth, with consent in the browser',
  client_credentials: 'OAuth, client credentials',
  device: 'OAuth, with a code on another device',
  assertion: 'a signed assertion buys a token',
  jwt: 'a signed token',
  login: 'a first call gives what is sent',
  saml: 'a SAML assertion buys a token',
  discovery: 'OAuth, as the address announces it',
  fragment: 'consent in the browser',
  oauth1: 'OAuth 1.0a',
}

function facts(service: Service): string[] {
  const hosts = hostsOf(service)
  return [
    `- ${checkSentence(service.check)}`,
    `- ${identitySentence(service.identity)}`,
    ...(hosts.length > 0
      ? [`- Sends the credential to ${hosts.map((host) => `\`${host}\``).join(', ')}, and nowhere else.`]
      : []),
  ]
}

function checkSentence(check: Check): string {
  if ('none' in check) return `No check: ${sentence(check.none)}`
  if ('mail' in check) return 'Checks by signing in to the mail servers and leaving again.'
  if ('mcp' in check) return `Checks by greeting the server at \`${check.mcp}\`.`
  const call = check.get !== undefined ? `GET ${check.get}` : `POST ${check.post}`
  const proves = check.proves ? `, which proves that ${check.proves}` : ''
  return `Checks with \`${call}\`${proves}.${check.weak ? ' The service says yes to anybody there, so this proves little.' : ''}`
}

function identitySentence(identity: Identity): string {
  if ('none' in identity) return `Cannot tell the account: ${sentence(identity.none)}`
  const from = identity.from ?? 'check'
  const call =
    typeof from === 'object' ? ('get' in from ? `\`GET ${from.get}\`` : `\`POST ${from.post}\``) : PLACES[from]
  const label = [identity.label ?? identity.id]
    .flat()
    .map((path) => `\`${path}\``)
    .join(' or ')
  return `Names the account by ${label}, from ${call}.`
}

const PLACES = {
  check: 'the answer to the check',
  token: 'the answer with the token',
  id_token: 'the id token',
  values: 'what was entered',
}

const DOES = { read: 'reads', write: 'writes', destroy: 'destroys' }

function actionParts(name: string, { title: what, does, input, scopes = [], methods }: Action): string[] {
  const limits = [
    ...(scopes.length > 0 ? [`needs ${scopes.map((scope) => `\`${scope}\``).join(' or ')}`] : []),
    ...(methods ? [`only with ${methods.map((method) => `\`${method}\``).join(', ')}`] : []),
  ]
  const rows = Object.entries(input).map(
    ([key, each]) => `| \`${key}\` | ${kindOfInput(each)} | ${cell(inputWords(each))} |`,
  )
  return [
    `### \`${name}\``,
    [`${what}; ${DOES[does]}`, ...limits].join('; ').concat('.'),
    ...(rows.length > 0 ? [`| input | kind | meaning |\n|---|---|---|\n${rows.join('\n')}`] : []),
  ]
}

function kindOfInput({ is, many }: Input): string {
  return many ? `list of ${is}` : is
}

function inputWords({ about, optional, options, default: standard, example }: Input): string {
  return [
    sentence(about),
    options && `${options.map((option) => `\`${option}\``).join(', ')}.`,
    example && `Such as \`${example}\`.`,
    standard !== undefined && `Unless told, \`${standard}\`.`,
    optional && 'Optional.',
  ]
    .filter(Boolean)
    .join(' ')
}

function title(category: string): string {
  const known: Record<string, string> = { ai: 'AI', cms: 'CMS', crm: 'CRM', itsm: 'ITSM' }
  return known[category] ?? category.charAt(0).toUpperCase() + category.slice(1).replaceAll('_', ' ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
