import { useEffect, useSyncExternalStore } from 'react'

/** What has been done, said quietly: seen for a moment at the edge, and read out. Errors stand where they arose instead. */
interface Notice {
  id: number
  sentence: string
}

let current: Notice = { id: 0, sentence: '' }
const listeners = new Set<() => void>()

export function announce(sentence: string): void {
  current = { id: current.id + 1, sentence }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Notices() {
  const { id, sentence } = useSyncExternalStore(subscribe, () => current)
  useEffect(() => {
    if (!sentence) return
    const timer = setTimeout(() => {
      if (current.id === id) announce('')
    }, 6000)
    return () => clearTimeout(timer)
  }, [id, sentence])

  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-30 flex justify-center md:inset-x-auto md:right-6 md:bottom-6"
    >
      {sentence && (
        <p key={id} className="rise rounded-lg bg-ink px-4 py-2.5 text-canvas shadow-lg">
          {sentence}
        </p>
      )}
    </div>
  )
}
