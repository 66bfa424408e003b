import { type ReactNode, useEffect, useId, useRef } from 'react'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { ProblemNote } from './problem-note.tsx'
import { useSubmit } from './submit.ts'

interface DialogProps {
  title: string
  /** Absent: it cannot be closed, only answered. */
  onClose?: () => void
  children: ReactNode
  className?: string
}

/** The browser's own modal dialog: it keeps the focus, closes with Escape and gives the focus back. */
export function Dialog({ title, onClose, children, className = '' }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    if (element && !element.open) {
      element.showModal()
      // The browser looks for an attribute that React does not write.
      element.querySelector<HTMLElement>('[data-focus]')?.focus()
    }
    return () => element?.close()
  }, [])

  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      // A second Escape closes it whatever the page says; then the page must know.
      onClose={() => {
        if (!dialog.current || dialog.current.open) return
        if (onClose) onClose()
        else dialog.current.showModal()
      }}
      className={`rise w-[min(30rem,calc(100vw-2rem))] rounded-xl border border-line bg-raised p-5 shadow-2xl ${className}`}
    >
      <h2 id={id} className="mb-3 text-base font-semibold">
        {title}
      </h2>
      {children}
    </dialog>
  )
}

interface ConfirmProps {
  title: string
  detail: string
  verb: string
  danger?: boolean
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

export function Confirm({ title, detail, verb, danger = true, onConfirm, onClose }: ConfirmProps) {
  const submit = useSubmit(onConfirm)
  const confirm = async () => {
    if (await submit.run()) onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="mb-4 text-ink-2">{detail}</p>
      <ProblemNote problem={submit.problem} />
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button look={danger ? 'danger' : 'primary'} busy={submit.busy} onClick={() => void confirm()}>
          {verb}
        </Button>
      </div>
    </Dialog>
  )
}
