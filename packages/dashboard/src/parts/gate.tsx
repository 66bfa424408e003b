import type { ReactNode } from 'react'
import { text } from '../messages.ts'
import { Mark } from './mark.tsx'
import { Notices } from './notice.tsx'
import { useTopOfPage } from './page.tsx'

/** The frame of the pages outside the shell: one thing to do, in the middle. */
export function Gate({
  title,
  heading = title,
  lead,
  children,
}: {
  title: string
  heading?: string
  lead?: ReactNode
  children?: ReactNode
}) {
  const top = useTopOfPage(title)
  return (
    <div className="flex min-h-dvh flex-col items-center px-4 py-10 md:py-[12vh]">
      <main className="flex w-full max-w-[24rem] flex-col gap-6">
        <div className="flex flex-col items-start gap-5">
          <Mark size={36} />
          <span className="sr-only">{text.product}</span>
          <div>
            <h1 ref={top} tabIndex={-1} className="text-xl font-semibold tracking-tight">
              {heading}
            </h1>
            {lead && <div className="mt-1 text-ink-2">{lead}</div>}
          </div>
        </div>
        {children}
      </main>
      <Notices />
    </div>
  )
}
