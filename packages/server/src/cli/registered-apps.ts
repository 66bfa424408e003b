import type { Client, OauthApp } from '@cardea/sdk'
import { loadConfig } from '../config/config.ts'
import { type CommandContext, Misuse } from './command.ts'
import { openLocal } from './local.ts'
import type { Output } from './output.ts'

/** The apps that a command is about: of one workspace, or with --deployment of all of them. */
type Registered = Client['apps'] | Client['deployment']['apps']

export async function withApps<T>(
  { values, output }: CommandContext,
  work: (apps: Registered, client: Client) => Promise<T>,
): Promise<T> {
  const named = typeof values.workspace === 'string' ? values.workspace : undefined
  if (values.deployment && named) throw new Misuse('--deployment is for every workspace: leave --workspace out')
  const { config } = loadConfig()
  const workspace = values.deployment ? undefined : (named ?? (await onlyWorkspace(config, output)))
  const local = await openLocal(config, workspace)
  try {
    return await work(values.deployment ? local.client.deployment.apps : local.client.apps, local.client)
  } finally {
    await local.close()
  }
}

async function onlyWorkspace(config: Parameters<typeof openLocal>[0], output: Output): Promise<string> {
  const local = await openLocal(config)
  try {
    const { items } = await local.client.workspaces.list().page({ limit: 200 })
    const [only] = items
    if (items.length === 1 && only) return only.id
    for (const { id, name } of items) output.say(`  ${id}  ${name}`)
    throw new Misuse(items.length === 0 ? 'there is no workspace yet' : 'say --workspace <id>, or --deployment')
  } finally {
    await local.close()
  }
}

export function showApp(app: OauthApp, output: Output): void {
  const { provider, methods, clientId, clientAuth, settings, extraScopes, secrets, trouble } = app
  const listed = Object.entries(settings ?? {}).filter(([, value]) => value !== '')
  output.table([
    ['id', app.id],
    [
      'name',
      `${app.name}${app.isDefault ? ', the default' : ''}${app.source === 'file' ? ', from the configuration' : ''}`,
    ],
    ['service', `${provider}, ${methods.join(', ')}`],
    ...(clientId ? [['client id', clientId]] : []),
    ...(clientAuth ? [['proves itself', clientAuth]] : []),
    ...listed.map(([name, value]) => [name, value]),
    ...(extraScopes && extraScopes.length > 0 ? [['further scopes', extraScopes.join(' ')]] : []),
    ['secrets', secrets && secrets.length > 0 ? `${secrets.join(', ')} (never shown)` : 'none'],
    ...(trouble ? [['refused', `${trouble.error} since ${trouble.at}`]] : []),
    ...(app.retiredAt ? [['retired', app.retiredAt]] : []),
    ['redirect address', app.redirectUri],
  ])
}
