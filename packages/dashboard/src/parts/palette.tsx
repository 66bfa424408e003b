import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { text } from '../messages.ts'
import { useCommands } from './commands.ts'
import { Icon } from './icons.tsx'

/** Find a page or an action by a few letters: a text field that drives a list, as the combobox pattern has it. */
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const found = useCommands().filter(({ label }) => label.toLowerCase().includes(words.trim().toLowerCase()))
  const active = Math.min(at, found.length - 1)

  useEffect(() => {
    const element = dialog.current
    if (element && !element.open) element.showModal()
    return () => element?.close()
  }, [])
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const choose = (index: number) => {
    onClose()
    found[index]?.run()
  }
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1 }
    const next = moves[event.key]
    if (next !== undefined && found.length > 0) {
      event.preventDefault()
      setAt((next + found.length) % found.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choose(active)
    }
  }

  return (
    <dialog
      ref={dialog}
      aria-label={text.palette.label}
      onClose={() => dialog.current?.open || onClose()}
      // A click beside it lands on the dialog itself: what is inside fills it.
      onClick={(event) => event.target === dialog.current && onClose()}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
      className="rise top-[14vh] m-0 mx-auto w-[min(32rem,calc(100vw-2rem))] rounded-xl border border-line bg-raised shadow-2xl"
    >
      <input
        autoFocus
        role="combobox"
        aria-label={text.palette.label}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
        placeholder={text.palette.placeholder}
        value={words}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setWords(event.target.value)
          setAt(0)
        }}
        onKeyDown={press}
        className="w-full border-b border-line bg-transparent px-4 py-3.5 text-base placeholder:text-ink-3 focus-visible:outline-none"
      />
      <div
        ref={list}
        id={id}
        role="listbox"
        aria-label={text.palette.label}
        className="max-h-[50vh] overflow-y-auto p-1.5"
      >
        {found.map(({ label, icon, keys }, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus
          <div
            key={label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(index)}
            className={`flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-2 pointer-coarse:py-3 ${index === active ? 'bg-hover' : ''}`}
          >
            <span className="text-ink-3">
              <Icon name={icon} />
            </span>
            <span className="min-w-0 flex-1">{label}</span>
            {keys && <kbd className="font-mono text-xs text-ink-3">{keys}</kbd>}
          </div>
        ))}
      </div>
      <p role="status" className={found.length > 0 ? 'sr-only' : 'px-4 pb-4 text-ink-3'}>
        {found.length > 0 ? '' : text.palette.nothing}
      </p>
    </dialog>
  )
}
