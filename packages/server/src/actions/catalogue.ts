import type { Action } from '@cardea/catalog'
import type { Caller } from '../actor.ts'
import { Problem } from '../errors.ts'
import type { Services } from '../services/services.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { callOf } from './compose.ts'
import { actionOf, IDENTIFIER, partsOf } from './found.ts'
import { type InputSchema, inputSchema } from './schema.ts'

/** What can be done, across the services that somebody sees. */
export interface SeenAction {
  identifier: string
  service: string
  title: string
  does: Action['does']
  /** Of HTTP; of mail, what stands for it in policies. */
  method: string
  /** As the definition writes it, with the names of inputs in braces. */
  path: string
  /** By which of the mail protocols' doings, where it is no call of HTTP. */
  mail: Action['mail'] | null
  /** Any of these is enough. */
  scopes: readonly string[]
  /** Ways to connect that it works with; null is all. */
  methods: readonly string[] | null
  input: InputSchema
}

export interface ActionQuery extends PageRequest {
  service?: string | undefined
  does?: Action['does'] | undefined
  search?: string | undefined
}

const A_PIECE = 200

export function createCatalogue(services: Pick<Services, 'list' | 'get'>) {
  /** All at once: there are a few hundred, and a page begins somewhere among them. */
  async function everything(workspaceId: string | undefined): Promise<SeenAction[]> {
    const found: SeenAction[] = []
    let after: string | undefined
    do {
      const piece = await services.list(workspaceId, { limit: A_PIECE, ...(after === undefined ? {} : { after }) })
      for (const { id, definition } of piece.items) {
        for (const [name, action] of Object.entries(definition.actions ?? {})) found.push(seen(`${id}.${name}`, action))
      }
      after = piece.next
    } while (after !== undefined)
    return found.sort((a, b) => (a.identifier < b.identifier ? -1 : 1))
  }

  return {
    list: async (caller: Caller, { limit, after, ...query }: ActionQuery): Promise<Page<SeenAction>> => {
      const from = after === undefined ? undefined : Buffer.from(after, 'base64url').toString()
      if (from !== undefined && !IDENTIFIER.test(from)) throw new Problem('request.bad_cursor')
      const all = (await everything(workspaceIn(caller))).filter(matching(query))
      const rest = from === undefined ? all : all.filter(({ identifier }) => identifier > from)
      const items = rest.slice(0, limit)
      const last = items.at(-1)
      const isMore = rest.length > limit && last !== undefined
      return { items, ...(isMore ? { next: Buffer.from(last.identifier).toString('base64url') } : {}) }
    },

    get: async (caller: Caller, identifier: string): Promise<SeenAction> => {
      const { provider, name } = partsOf(identifier)
      const { definition } = await services.get(workspaceIn(caller), provider)
      return seen(identifier, actionOf(definition, name))
    },
  }
}

function seen(identifier: string, action: Action): SeenAction {
  const { title, does, mail, scopes = [], methods } = action
  const [method, path] = callOf(action)
  const input = inputSchema(action)
  const { provider: service } = partsOf(identifier)
  return { identifier, service, title, does, method, path, mail: mail ?? null, scopes, methods: methods ?? null, input }
}

function matching({ service, does, search }: Omit<ActionQuery, 'limit' | 'after'>): (action: SeenAction) => boolean {
  const words = (search ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return (action) => {
    const text = `${action.identifier} ${action.title}`.toLowerCase()
    if (service !== undefined && action.service !== service) return false
    if (does !== undefined && action.does !== does) return false
    return words.every((word) => text.includes(word))
  }
}

/** Whoever is in no workspace sees what every workspace sees. */
function workspaceIn({ actor }: Caller): string | undefined {
  return 'workspaceId' in actor ? actor.workspaceId : undefined
}
