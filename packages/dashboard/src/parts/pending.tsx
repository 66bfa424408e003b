import { text } from '../messages.ts'
import { Mark } from './mark.tsx'

/** While the very first answer is awaited; it shows only when that takes a moment. */
export function Pending() {
  return (
    <div role="status" className="after-a-moment grid min-h-dvh place-items-center">
      <Mark size={36} />
      <span className="sr-only">{text.common.loading}</span>
    </div>
  )
}
