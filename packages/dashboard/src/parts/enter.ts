import { useRouter } from '@tanstack/react-router'
import { forgetEverything } from '../me.ts'
import { keepWorkspace } from '../workspace-choice.ts'

/** Goes in after signing in: to a path of the dashboard, in the workspace just joined if there is one. */
export function useEnter(): (path: string, workspaceId?: string) => Promise<void> {
  const router = useRouter()
  return async (path, workspaceId) => {
    if (workspaceId) keepWorkspace(workspaceId)
    // Nothing that somebody before has seen may remain.
    forgetEverything()
    await router.navigate({ href: ownPath(path), replace: true })
  }
}

/** A link to the sign-in page that names another site would send people there, trusting that it is this one. */
function ownPath(path: string): string {
  const url = path.startsWith('/') ? new URL(path, location.origin) : undefined
  return url?.origin === location.origin && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : '/'
}
