import type { ReactNode } from 'react'
import { Rows } from './page.tsx'

/** What is over, folded away below what is not. */
export function Past({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details>
      <summary className="w-fit rounded px-1 py-1 text-ink-2 hover:text-ink">{label}</summary>
      <div className="mt-2">
        <Rows label={label}>{children}</Rows>
      </div>
    </details>
  )
}
