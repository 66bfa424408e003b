import { useEffect, useId, useRef, useState } from 'react'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

interface OnceSecretProps {
  title: string
  label: string
  warning: string
  secret: string
  onDone(): void
}

/** Something that is shown this once. It stays until the reader says so; whoever shows it forgets it then. */
export function OnceSecret({ title, label, warning, secret, onDone }: OnceSecretProps) {
  const id = useId()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  // Leaving the page loses it for good, so the browser asks first.
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [])

  return (
    <section
      aria-labelledby={id}
      className="rise flex flex-col gap-3 rounded-[0.625rem] border border-accent bg-surface p-4"
    >
      <h2 ref={heading} tabIndex={-1} id={id} className="font-semibold">
        {title}
      </h2>
      <p className="flex gap-2 text-warn">
        <span className="mt-0.5">
          <Icon name="warning" />
        </span>
        {warning}
      </p>
      <CopyLine label={label} value={secret} />
      <div>
        <Button onClick={onDone}>{text.common.done}</Button>
      </div>
    </section>
  )
}

/** A line to copy; where the browser allows no copying (plain http) it is selected instead. */
export function CopyLine({ label, value }: { label: string; value: string }) {
  const line = useRef<HTMLInputElement>(null)
  const [said, setSaid] = useState('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      setSaid(text.common.copied)
    } catch {
      line.current?.focus()
      line.current?.select()
      setSaid(text.common.copyByHand)
    }
  }
  return (
    <div>
      <div className="flex gap-2">
        <input
          ref={line}
          readOnly
          value={value}
          aria-label={label}
          autoComplete="off"
          spellCheck={false}
          onFocus={(event) => event.currentTarget.select()}
          className="field min-w-0 flex-1 font-mono"
        />
        <Button onClick={() => void copy()}>
          {said === text.common.copied && <Icon name="check" />}
          {said === text.common.copied ? said : text.common.copy}
        </Button>
      </div>
      <p role="status" className={said === text.common.copyByHand ? 'mt-1 text-ink-2' : 'sr-only'}>
        {said}
      </p>
    </div>
  )
}
