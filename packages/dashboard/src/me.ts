import type { Me, Membership } from '@cardea/sdk'
import { useQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { queries, queryClient } from './api.ts'
import { keepWorkspace } from './workspace-choice.ts'

/** Whoever is signed in, for everything inside the shell. What the server said they may do decides what is shown. */
export const MeContext = createContext<Me | null>(null)

export function useMe(): Me {
  const me = useContext(MeContext)
  if (!me) throw new Error('useMe is for pages inside the shell')
  return me
}

export function useWorkspace(): Membership {
  const me = useMe()
  const workspace = me.workspaces.find(({ workspaceId }) => workspaceId === me.workspaceId)
  if (!workspace) throw new Error('useWorkspace is for pages of a workspace')
  return workspace
}

export function useSignedIn(): Me | null | undefined {
  return useQuery(queries.me()).data
}

export async function switchWorkspace(id: string): Promise<void> {
  keepWorkspace(id)
  await queryClient.invalidateQueries({ queryKey: ['me'] })
}

/** After somebody signed in or out: nothing that the one before has seen may remain. */
export function forgetEverything(): void {
  queryClient.clear()
}
