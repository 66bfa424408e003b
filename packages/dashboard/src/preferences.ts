import { useSyncExternalStore } from 'react'

/** What a person prefers in this browser: the theme, and whether single letters are shortcuts. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

interface Preferences {
  theme: Theme
  shortcuts: boolean
}

const listeners = new Set<() => void>()
let current: Preferences = {
  theme: themes.find((theme) => theme === read('theme')) ?? 'system',
  shortcuts: read('shortcuts') !== 'off',
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  write('theme', current.theme === 'system' ? undefined : current.theme)
  write('shortcuts', current.shortcuts ? undefined : 'off')
  if (current.theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = current.theme
  for (const listener of listeners) listener()
}

export function preferences(): Preferences {
  return current
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, preferences)
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(`cardea.${name}`)
  } catch {
    return null
  }
}

function write(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`cardea.${name}`)
    else localStorage.setItem(`cardea.${name}`, value)
  } catch {
    // Storage is switched off: it holds until the page is loaded again.
  }
}
