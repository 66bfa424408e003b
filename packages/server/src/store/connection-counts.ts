import type { Db } from './store.ts'

export interface Counted {
  services?: readonly string[] | undefined
  methods?: readonly string[] | undefined
  ownerId?: string | undefined
}

/**
 * How many connections there are, counted no further than `most`. One that is being made counts; one that was deleted, or begun and
 * never finished, does not.
 */
export async function countConnections(
  db: Db,
  workspaceId: string,
  { services, methods, ownerId }: Counted,
  { most, now }: { most: number; now: number },
): Promise<number> {
  let some = db
    .selectFrom('connections')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .where((eb) => eb.or([eb('purge_at', 'is', null), eb('purge_at', '>', now)]))
  if (services) some = some.where('provider', 'in', services)
  if (methods) some = some.where('method', 'in', methods)
  if (ownerId !== undefined) some = some.where('owner_id', '=', ownerId)
  const { count } = await db
    .selectFrom(some.limit(most).as('some'))
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
