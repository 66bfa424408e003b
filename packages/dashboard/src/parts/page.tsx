import { type ReactNode, useEffect, useId, useRef } from 'react'
import { text } from '../messages.ts'

let isFirstPage = true

interface PageProps {
  title: string
  /** When the heading says more than the title of the tab. */
  heading?: ReactNode
  lead?: ReactNode
  action?: ReactNode
  children: ReactNode
}

/** A page inside the shell. After a change of page its heading has the focus, so that reading goes on there. */
export function PageFrame({ title, heading = title, lead, action, children }: PageProps) {
  const top = useTopOfPage(title)
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-8 px-4 pt-6 pb-28 md:px-8 md:pt-10 md:pb-16">
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <h1 ref={top} tabIndex={-1} className="text-xl font-semibold tracking-tight">
            {heading}
          </h1>
          {lead && <p className="mt-1 max-w-prose text-ink-2">{lead}</p>}
        </div>
        {action}
      </header>
      {children}
    </div>
  )
}

export function useTopOfPage(title: string) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = title === text.product ? title : text.title(title)
  }, [title])
  useEffect(() => {
    // A field that took the focus as it came keeps it.
    const isTaken = heading.current?.closest('main')?.contains(document.activeElement)
    if (!isFirstPage && !isTaken) heading.current?.focus({ preventScroll: true })
    isFirstPage = false
  }, [])
  return heading
}

interface SectionProps {
  title: string
  lead?: ReactNode
  action?: ReactNode
  children: ReactNode
}

export function Section({ title, lead, action, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {lead && <p className="max-w-prose text-ink-2">{lead}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}

export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is a list
    <ul role="list" aria-label={label} className="card divide-y divide-line">
      {children}
    </ul>
  )
}

interface RowProps {
  title: ReactNode
  detail?: ReactNode
  children?: ReactNode
}

/** One thing in a list: what it is, what is to be known, and at the end what can be done with it. */
export function Row({ title, detail, children }: RowProps) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-x-2 font-medium">{title}</p>
        {detail && <p className="facts text-ink-3">{detail}</p>}
      </div>
      {children && <div className="flex items-center gap-2">{children}</div>}
    </li>
  )
}

export function Tag({ tone = 'plain', children }: { tone?: 'plain' | 'good' | 'warn' | 'bad'; children: ReactNode }) {
  const tones = {
    plain: 'bg-hover text-ink-2',
    good: 'bg-accent-soft text-accent',
    warn: 'bg-warn-soft text-warn',
    bad: 'bg-danger-soft text-danger',
  }
  return <span className={`rounded px-1.5 text-xs/5 font-medium whitespace-nowrap ${tones[tone]}`}>{children}</span>
}

export function Empty({ title, detail, children }: { title: string; detail: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1 rounded-[0.625rem] border border-dashed border-line px-6 py-10 text-center">
      <p className="font-medium">{title}</p>
      <p className="max-w-sm text-ink-2">{detail}</p>
      {children && <div className="mt-3">{children}</div>}
    </div>
  )
}

export function Note({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <div className="rounded-lg bg-warn-soft px-3.5 py-3">
      {title && <p className="font-medium text-warn">{title}</p>}
      <div className={title ? 'text-ink-2' : 'text-warn'}>{children}</div>
    </div>
  )
}

/** The place of what is still coming; shown only when it does not come at once. */
export function Skeleton({ rows = 3 }: { rows?: number }) {
  return (
    <div role="status" className="after-a-moment card divide-y divide-line">
      <span className="sr-only">{text.common.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} className="flex flex-col gap-2 px-4 py-4">
          <div className="h-3 w-2/5 rounded bg-hover" />
          <div className="h-3 w-3/5 rounded bg-hover" />
        </div>
      ))}
    </div>
  )
}
