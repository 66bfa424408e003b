import type { ReactNode } from 'react'
import { useMe } from '../me.ts'
import { text } from '../messages.ts'
import { may, type Place } from '../nav.ts'
import { NoWorkspace } from '../pages/no-workspace.tsx'
import { LinkButton } from './button.tsx'
import { PageFrame } from './page.tsx'

/** Shows a page to whom it is for, and tells everybody else kindly why not. The server decides; this only saves the asking. */
export function Allowed({ place, children }: { place: Place; children: ReactNode }) {
  const me = useMe()
  if (place.inWorkspace && !me.workspaceId) return <NoWorkspace />
  if (may(me, place.permission)) return children

  const { title, role, operator, next, nextOperator, back } = text.forbidden
  const mine = me.role ? text.roles[me.role].name.toLowerCase() : '–'
  return (
    <PageFrame title={place.label} heading={title(place.label)}>
      <div className="flex flex-col items-start gap-4">
        <p className="max-w-prose text-ink-2">
          {place.inWorkspace ? role(text.roles.admin.name.toLowerCase(), mine) : operator}{' '}
          {place.inWorkspace ? next : nextOperator}
        </p>
        <LinkButton to="/">{back}</LinkButton>
      </div>
    </PageFrame>
  )
}
