import { type Field, type Setting, settingsOf, type Values } from '@cardea/catalog'
import type { Asks, Offer } from '../../connections/connections.ts'
import type { Problem } from '../../errors.ts'
import { appSettings, type KnownService } from '../../services/services.ts'
import { type Html, html } from '../html.ts'
import { nextOf } from './layout.ts'

/** The form of a method, drawn from its definition. Settings come back after an error; what is secret never does. */
export interface Drawn {
  known: KnownService
  offer: Offer
  asks: Asks
  proof: string
  made: Values
  /** What was sent before, and what was wrong with it. */
  sent: Readonly<Record<string, string>>
  problem: Problem | undefined
}

interface Fault {
  id: string
  label: string
  message: string
}

export function formOf(drawn: Drawn): Html {
  const { known, offer, asks, proof, made, sent, problem } = drawn
  const { learn = {} } = offer.method
  const settings = settingsHere({ known, offer })
  const fields = Object.entries(offer.method.fields ?? {})
  const faults = faultsOf(drawn)
  const faultAt = (id: string) => faults.find((fault) => fault.id === id)?.message
  return html`<form method="post" autocomplete="off">
<input type="hidden" name="action" value="connect"><input type="hidden" name="proof" value="${proof}">
<input type="hidden" name="service" value="${known.id}"><input type="hidden" name="method" value="${offer.name}"><input type="hidden" name="by" value="${offer.by}">
${settings.map(([name, setting]) => settingRow(`settings.${name}`, Object.hasOwn(learn, name) ? { ...setting, optional: true } : setting, sent[`settings.${name}`], made[name], faultAt(`settings.${name}`)))}
${fields.map(([name, field]) => fieldRow(`credential.${name}`, field, faultAt(`credential.${name}`)))}
${choiceRow(problem)}
${asks.forMember ? ownRows(asks, sent, faultAt('name')) : ''}
<div class="bar"><button class="main" type="submit">${offer.by === 'consent' && Object.keys(offer.method.fields ?? {}).length === 0 ? 'Continue to' : 'Connect'} ${known.definition.name}</button></div>
</form>`
}

/** What belongs to the app is chosen by whoever registered it. */
function settingsHere({ known, offer }: Pick<Drawn, 'known' | 'offer'>): [string, Setting][] {
  const owned = offer.by === 'consent' ? appSettings(known.definition, offer.method) : []
  return Object.entries(settingsOf(known.definition, offer.method)).filter(([name]) => !owned.includes(name))
}

/** Whether anything is asked for here beside a name for it. */
export function isEntered(of: Pick<Drawn, 'known' | 'offer'>): boolean {
  const { by, method } = of.offer
  if (by === 'form' || Object.keys(method.fields ?? {}).length > 0) return true
  return settingsHere(of).some(([, { kind }]) => kind !== 'generated')
}

function faultsOf({ known, offer, problem }: Drawn): Fault[] {
  if (problem?.code !== 'request.invalid') return []
  const settings = settingsOf(known.definition, offer.method)
  const issues = (problem.values.issues ?? []) as { path: string; message: string }[]
  return issues.map(({ path, message }) => {
    const id = path.replace(/^body\./, '')
    const [block, name = ''] = id.split(/\.(.*)/s)
    const words =
      block === 'settings' ? settings[name] : block === 'credential' ? offer.method.fields?.[name] : undefined
    return { id, label: words?.label ?? (id === 'name' ? 'Name' : ''), message }
  })
}

/** Stands first on the page and is where reading begins: what went wrong, where, and what to do. */
export function summaryOf(problem: Problem | undefined, drawn?: Drawn): Html {
  if (!problem) return html``
  const faults = drawn ? faultsOf(drawn) : []
  const named = faults.filter(({ label }) => label !== '')
  return html`<div class="note bad" role="alert" tabindex="-1" id="problem" autofocus><h2>${problem.code === 'request.invalid' ? 'Something has to be corrected' : problem.title}</h2>
<p>${problem.code === 'request.invalid' ? 'Nothing was sent to the service.' : problem.message} ${nextOf(problem)}</p>
${named.length > 0 ? html`<ul>${named.map(({ id, label, message }) => html`<li><a href="#${id}">${label}</a> ${message}</li>`)}</ul>` : ''}</div>`
}

interface RowWords {
  label: string
  hint?: string | undefined
  example?: string | undefined
  optional?: true | undefined
}

function row(
  id: string,
  { label, hint, example, optional }: RowWords,
  more: string[],
  fault: string | undefined,
  control: Html,
): Html {
  const help = [hint, ...more, example === undefined ? undefined : `For example: ${example}`].filter(
    (text) => text !== undefined,
  )
  return html`<div class="row"><label for="${id}">${label}${optional ? html` <span class="soft small">(optional)</span>` : ''}</label>
${help.length > 0 ? html`<div class="hint" id="${id}-hint">${help.map((text) => html`<div>${text}</div>`)}</div>` : ''}
${fault ? html`<div class="fault" id="${id}-fault">${label} ${fault}</div>` : ''}${control}</div>`
}

/** Attributes that every control has. */
function common(id: string, words: RowWords, helps: boolean, fault: string | undefined): Html {
  const described = [...(helps ? [`${id}-hint`] : []), ...(fault ? [`${id}-fault`] : [])].join(' ')
  return html`id="${id}" name="${id}" autocomplete="off" autocapitalize="none" spellcheck="false"${words.optional ? '' : html` required`}${described ? html` aria-describedby="${described}"` : ''}${fault ? html` aria-invalid="true"` : ''}`
}

function settingRow(
  id: string,
  setting: Setting,
  sent: string | undefined,
  made: string | undefined,
  fault: string | undefined,
): Html {
  if (setting.kind === 'generated') {
    return html`<div class="row"><h2>${setting.label}</h2><div class="hint">${setting.hint ?? 'The service wants to be told this value.'} It was made for this connection: copy it to the service before you go on.</div><code class="made">${made ?? ''}</code></div>`
  }
  const value = sent ?? setting.default ?? ''
  const optional = setting.optional ?? (setting.default === undefined ? undefined : (true as const))
  // Where there is a default, the empty field means it.
  const words: RowWords = {
    ...setting,
    optional: setting.optional,
    example: 'example' in setting ? setting.example : undefined,
  }
  const attributes = (helps: boolean) => common(id, { ...words, optional }, helps, fault)
  if (setting.kind === 'choice') {
    const options = Array.isArray(setting.options)
      ? setting.options.map((option: string) => ({ value: option, label: option }))
      : Object.entries(setting.options as Record<string, Record<string, string>>).map(([option, { label }]) => ({
          value: option,
          label: label ?? option,
        }))
    const empty = setting.default === undefined ? html`<option value="">Choose…</option>` : ''
    const list = options.map(
      (option) =>
        html`<option value="${option.value}"${option.value === value ? html` selected` : ''}>${option.label}</option>`,
    )
    return row(id, words, [], fault, html`<select ${attributes(setting.hint !== undefined)}>${empty}${list}</select>`)
  }
  const help =
    setting.kind === 'url'
      ? ['An address that begins with https://']
      : setting.kind === 'path'
        ? ['A path that begins with /']
        : []
  const input = html`<input type="text" inputmode="${setting.kind === 'url' ? 'url' : 'text'}" maxlength="16384" value="${value}" ${attributes(setting.hint !== undefined || words.example !== undefined || help.length > 0)}>`
  const suffix = setting.kind === 'text' ? setting.suffix : undefined
  return row(id, words, help, fault, suffix ? html`<div class="with">${input}<span>${suffix}</span></div>` : input)
}

function fieldRow(id: string, field: Field, fault: string | undefined): Html {
  const { shape = 'line', hint, example, label } = field
  const more =
    shape === 'json'
      ? ['The whole JSON file, as the service gave it.']
      : shape === 'pem'
        ? ['The whole private key, with its first and last line.']
        : beginning(field)
  const attributes = common(id, field, hint !== undefined || example !== undefined || more.length > 0, fault)
  if (shape !== 'line') return row(id, field, more, fault, html`<textarea rows="6" ${attributes}></textarea>`)
  // All of it is kept as a secret; what is no secret to whoever types it is typed more surely when it can be read.
  const isHidden = /key|token|secret|pass|pin\b|code|credential|url/i.test(`${id} ${label}`)
  return row(id, field, more, fault, html`<input type="${isHidden ? 'password' : 'text'}" ${attributes}>`)
}

/** What a pattern says that people can use: how it begins. */
function beginning({ pattern, example }: Field): string[] {
  const start = /^\^([A-Za-z0-9_-]{2,})(?![?*+{|])/.exec(pattern ?? '')?.[1]
  return start && example === undefined && !pattern?.includes('|') ? [`It begins with ${start}`] : []
}

function choiceRow(problem: Problem | undefined): Html {
  if (problem?.code !== 'connection.choice_needed') return html``
  const choices = ((problem.values.choices ?? []) as string[]).map((choice) => html`<option>${choice}</option>`)
  return html`<div class="row"><label for="choice">Which one?</label><select id="choice" name="choice" required>${choices}</select></div>`
}

function ownRows(asks: Asks, sent: Readonly<Record<string, string>>, fault: string | undefined): Html {
  const words = {
    label: 'Name',
    hint: 'How you will recognise it. Left empty, the account’s own name is taken.',
    optional: true as const,
  }
  const shares = (sent.visibility ?? asks.visibility) === 'workspace'
  return html`${row('name', words, [], fault, html`<input type="text" maxlength="100" value="${sent.name ?? asks.name ?? ''}" ${common('name', words, true, fault)}>`)}
<fieldset class="row"><legend>Who may use it</legend>
<label class="pick"><input type="radio" name="visibility" value="private"${shares ? '' : html` checked`}> <span>Only you</span></label>
<label class="pick"><input type="radio" name="visibility" value="workspace"${shares ? html` checked` : ''}> <span>Everybody in “${asks.workspace}”</span></label></fieldset>`
}
