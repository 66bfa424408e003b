import { type AuditFilter, CardeaProblem, createClient, type Me, type Page, type PageQuery } from '@cardea/sdk'
import { infiniteQueryOptions, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import { chosenWorkspace, forgetWorkspace, keepWorkspace } from './workspace-choice.ts'

/** The one way to the server, and the names under which answers are kept. Nothing secret is asked through a query. */
export const api = createClient({ url: location.origin })

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEndedSession }),
  defaultOptions: {
    // The client asks again by itself where that can help.
    queries: { retry: false, staleTime: 15_000, gcTime: 5 * 60_000 },
  },
})

/** A refusal for want of a session: whoever is shown must be asked for anew. */
export function noticeEndedSession(error: unknown): void {
  if (error instanceof CardeaProblem && error.status === 401 && error.code !== 'auth.wrong_password') {
    void queryClient.invalidateQueries({ queryKey: ['me'] })
  }
}

/** Who is signed in, and where; null when nobody is. */
async function whoAmI(signal: AbortSignal): Promise<Me | null> {
  const workspace = chosenWorkspace()
  try {
    const me = await api.me({ signal, ...(workspace ? { workspace } : {}) })
    const first = me.workspaces[0]
    if (me.workspaceId || !first) return me
    keepWorkspace(first.workspaceId)
    return await api.me({ signal, workspace: first.workspaceId })
  } catch (error) {
    if (!(error instanceof CardeaProblem)) throw error
    if (error.status === 401) return null
    if (error.code !== 'workspace.not_found' || !workspace) throw error
    // Removed from it, or it is gone.
    forgetWorkspace()
    return whoAmI(signal)
  }
}

type TakePage<Item> = (query: PageQuery, signal: AbortSignal) => Promise<Page<Item>>

function pages<Item>(queryKey: readonly unknown[], take: TakePage<Item>, limit = 100) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => take({ limit, ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: '',
    getNextPageParam: (page: Page<Item>) => page.nextCursor,
  })
}

// The workspace is part of every key: what belongs to one is never shown in another.
export const queries = {
  setup: () => queryOptions({ queryKey: ['setup'], queryFn: ({ signal }) => api.setup.state({ signal }) }),
  me: () => queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => whoAmI(signal) }),
  permissions: () =>
    queryOptions({
      queryKey: ['permissions'],
      queryFn: ({ signal }) => api.permissions({ signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  logins: () => pages(['logins'], (query, signal) => api.logins.list({ signal }).page(query)),
  workspace: (workspace: string) =>
    queryOptions({
      queryKey: ['workspace', workspace],
      queryFn: ({ signal }) => api.workspace.get({ workspace, signal }),
    }),
  members: (workspace: string) =>
    pages(['members', workspace], (query, signal) => api.members.list({}, { workspace, signal }).page(query)),
  invitations: (workspace: string) =>
    pages(['invitations', workspace], (query, signal) => api.invitations.list({}, { workspace, signal }).page(query)),
  keys: (workspace: string) =>
    pages(['keys', workspace], (query, signal) => api.keys.list({}, { workspace, signal }).page(query)),
  /** Of a workspace, or without one of the server as a whole. */
  audit: (workspace: string | undefined, filter: AuditFilter) =>
    pages(
      ['audit', workspace ?? 'deployment', filter],
      (query, signal) =>
        workspace
          ? api.audit.list(filter, { workspace, signal }).page(query)
          : api.deployment.audit(filter, { signal }).page(query),
      50,
    ),
  vault: () => queryOptions({ queryKey: ['vault'], queryFn: ({ signal }) => api.deployment.vault({ signal }) }),
  rotation: (id: string) =>
    queryOptions({
      queryKey: ['rotation', id],
      queryFn: ({ signal }) => api.deployment.rotation(id, { signal }),
      staleTime: 0,
      refetchInterval: (query) => (query.state.data?.state === 'running' || query.state.error ? 1000 : false),
    }),
}
