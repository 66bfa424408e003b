import { useSyncExternalStore } from 'react'

/**
 * The one-time token of a link, `/setup#token=…` or `/invite#token=…`. A fragment is not sent to any server; it is taken
 * out of the address bar before anything else runs, so that no screenshot, history entry or copied address holds it.
 */
let token: string | undefined
const listeners = new Set<() => void>()

function take(): void {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const found = fragment.get('token')
  if (found === null) return
  token = found
  history.replaceState(history.state, '', location.pathname + location.search)
  for (const listener of listeners) listener()
}

/** To be called before the router reads the address; a link pasted into an open tab only changes the fragment. */
export function watchForLinkToken(): void {
  take()
  addEventListener('popstate', take)
  addEventListener('hashchange', take)
}

export function forgetLinkToken(): void {
  token = undefined
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Kept in memory only, until it has been used. */
export function useLinkToken(): string | undefined {
  return useSyncExternalStore(subscribe, () => token)
}
