import { useInfiniteQuery } from '@tanstack/react-query'
import { queries } from './api.ts'
import { useMe, useWorkspace } from './me.ts'
import { may } from './nav.ts'

/** Everything that a list has given so far. */
export function flat<Item>(data: { pages: { items: Item[] }[] } | undefined): Item[] {
  return data?.pages.flatMap((page) => page.items) ?? []
}

/** Names of members, for the ids that other lists carry. Whoever has left stays an id. */
export function useNames(): (id: string) => string {
  const me = useMe()
  const { workspaceId } = useWorkspace()
  const members = useInfiniteQuery({ ...queries.members(workspaceId), enabled: may(me, 'member:manage') })
  const names = new Map(flat(members.data).map(({ userId, name }) => [userId, name]))
  if (me.person) names.set(me.person.id, me.person.name)
  return (id) => names.get(id) ?? id
}

/** Names of whatever an audit record may be about: members, and also keys and invitations. */
export function useNamesOfAll(): (id: string) => string {
  const me = useMe()
  const { workspaceId } = useWorkspace()
  const nameOfMember = useNames()
  const keys = useInfiniteQuery({ ...queries.keys(workspaceId), enabled: may(me, 'key:manage') })
  const invitations = useInfiniteQuery({ ...queries.invitations(workspaceId), enabled: may(me, 'member:manage') })
  const names = new Map([
    ...flat(keys.data).map(({ id, name }) => [id, `“${name}”`] as const),
    ...flat(invitations.data).map(({ id, email }) => [id, email] as const),
  ])
  return (id) => names.get(id) ?? nameOfMember(id)
}
