import type { ChangeOauthApp, ClientAuth, OauthAppPlan, OauthAppPlanMethod } from '@cardea/sdk'
import { type CommandContext, Misuse } from '../command.ts'
import { askSecret, canAsk, secretFromFile, secretFromStdin } from '../entered-secret.ts'
import { showApp, withApps } from '../registered-apps.ts'

type Secrets = Pick<ChangeOauthApp, 'clientSecret' | 'privateKey' | 'fields'>
type Values = CommandContext['values']

export const add = {
  run: (context: CommandContext) =>
    withApps(context, async (apps, client) => {
      const { values, output } = context
      const provider = context.positionals[0]!
      const plan = await client.apps.plan(provider)
      const methods = listOf(values, 'method')
      output.say(`register this redirect address at the service: ${plan.redirectUri}`)
      if (plan.warning) output.say(plan.warning)
      const wanted = plan.methods.filter(({ id }) => methods.length === 0 || methods.includes(id))
      const app = await apps.create({
        provider,
        ...(methods.length > 0 ? { methods } : {}),
        ...plainPart(values),
        ...(await secretsFor(values, wanted, true)),
      })
      if (values.json) output.json(app)
      else showApp(app, output)
      return undefined
    }),
}

export const update = {
  run: (context: CommandContext) =>
    withApps(context, async (apps, client) => {
      const { values, output } = context
      const id = context.positionals[0]!
      const before = await apps.get(id)
      const plan = values.secret === true ? await client.apps.plan(before.provider) : undefined
      const wanted = (plan as OauthAppPlan | undefined)?.methods.filter(({ id }) => before.methods.includes(id)) ?? []
      const dryRun = values['dry-run'] === true
      const patch = { ...plainPart(values), ...(await secretsFor(values, wanted, values.secret === true)) }
      if (Object.keys(patch).length === 0) throw new Misuse('nothing to change was said')
      const changed = await apps.change(id, patch, { dryRun })
      if (values.json) output.json(changed)
      else {
        for (const { id, name } of changed.mustReconnect.connections) output.data(`${id}  ${name ?? '(private)'}`)
        output.say(`${dryRun ? 'nothing was changed' : 'changed'}; ${changed.mustReconnect.sentence}`)
      }
      return undefined
    }),
}

function plainPart(values: Values): ChangeOauthApp {
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
  const [name, clientId, clientAuth, keyId] = [text('name'), text('client-id'), text('auth'), text('key-id')]
  const settings = pairsOf(values, 'setting')
  const scopes = listOf(values, 'scope')
  return {
    ...(name === undefined ? {} : { name }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientAuth === undefined ? {} : { clientAuth: clientAuth as ClientAuth }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(Object.keys(settings).length > 0 ? { settings } : {}),
    ...(scopes.length > 0 ? { extraScopes: scopes } : {}),
    ...(values.default === true ? { isDefault: true } : {}),
  }
}

/** Files first, then stdin, and what is still missing is asked for, where there is somebody to ask. */
async function secretsFor(
  values: Values,
  wanted: readonly Pick<OauthAppPlanMethod, 'takesClient' | 'clientAuth' | 'fields'>[],
  asks: boolean,
): Promise<Secrets> {
  const found: Secrets = {}
  if (typeof values['secret-file'] === 'string') found.clientSecret = await secretFromFile(values['secret-file'])
  if (typeof values['key-file'] === 'string') found.privateKey = await secretFromFile(values['key-file'])
  for (const [name, path] of Object.entries(pairsOf(values, 'field-file'))) {
    found.fields = { ...found.fields, [name]: await secretFromFile(path) }
  }
  const fields = [...new Set(wanted.flatMap((method) => method.fields))]
  if (values.stdin === true) return { ...found, ...fromText(await secretFromStdin(), fields) }
  if (!asks || !canAsk()) return found
  const auth = typeof values.auth === 'string' ? [values.auth] : wanted.flatMap(({ clientAuth }) => clientAuth)
  const takesSecret = wanted.some(({ takesClient }) => takesClient) && auth.some((way) => !KEYLESS.has(way))
  if (takesSecret && found.clientSecret === undefined && found.privateKey === undefined) {
    const typed = await askSecret('client secret')
    if (typed !== '') found.clientSecret = typed
  }
  for (const name of fields) {
    if (found.fields?.[name] !== undefined) continue
    const typed = await askSecret(name)
    if (typed !== '') found.fields = { ...found.fields, [name]: typed }
  }
  return found
}

const KEYLESS = new Set(['none', 'private_key'])

/** One secret as it is, or several as a JSON object. */
function fromText(text: string, fields: readonly string[]): Secrets {
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text) as Secrets
    } catch {
      throw new Misuse('stdin is not a JSON object such as {"clientSecret": "…"}')
    }
  }
  const [only] = fields
  return only !== undefined && fields.length === 1 ? { fields: { [only]: text } } : { clientSecret: text }
}

function listOf(values: Values, name: string): string[] {
  const given = values[name]
  return (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string')
}

function pairsOf(values: Values, name: string): Record<string, string> {
  return Object.fromEntries(
    listOf(values, name).map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new Misuse(`--${name} takes name=value`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
