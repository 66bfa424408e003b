import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Place } from '../nav.ts'
import { preferences } from '../preferences.ts'

const WAIT_FOR_LETTER_MILLISECONDS = 1200

/** ⌘K or Ctrl+K opens the palette; G and a letter go to a page, unless somebody types, or has switched letters off. */
export function useShortcuts(reachable: readonly Place[], openPalette: () => void): void {
  const navigate = useNavigate()
  useEffect(() => {
    let wentAt = Number.NEGATIVE_INFINITY
    const press = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase()
      if (document.querySelector('dialog:modal')) return
      if ((event.metaKey || event.ctrlKey) && !event.altKey && key === 'k') {
        event.preventDefault()
        openPalette()
        return
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || !preferences().shortcuts) return
      if (key === 'g') {
        wentAt = event.timeStamp
        return
      }
      const place = reachable.find(({ letter }) => letter === key)
      if (place && event.timeStamp - wentAt < WAIT_FOR_LETTER_MILLISECONDS) void navigate({ to: place.to })
      wentAt = Number.NEGATIVE_INFINITY
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [reachable, openPalette, navigate])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]')
}
