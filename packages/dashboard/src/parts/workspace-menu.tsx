import { useRef, useState } from 'react'
import { switchWorkspace, useMe } from '../me.ts'
import { text } from '../messages.ts'
import { may } from '../nav.ts'
import { Icon } from './icons.tsx'
import { Mark } from './mark.tsx'
import { NewWorkspace } from './new-workspace.tsx'

/** Where one is, and the way to the other workspaces. With only one there is nothing to choose. */
export function WorkspaceMenu() {
  const me = useMe()
  const menu = useRef<HTMLDivElement>(null)
  const here = me.workspaces.find(({ workspaceId }) => workspaceId === me.workspaceId)
  const name = here?.name ?? text.product
  const hasChoice = me.workspaces.length > 1 || may(me, 'workspace:create')
  const label = <span className="min-w-0 flex-1 truncate text-left font-semibold tracking-tight">{name}</span>

  if (!hasChoice) {
    return (
      <div className="flex min-h-9 items-center gap-2.5 px-2">
        <Mark />
        {label}
      </div>
    )
  }
  return (
    <>
      <button
        type="button"
        popoverTarget="workspace-menu"
        aria-label={text.nav.switchWorkspace(name)}
        className="flex min-h-9 w-full items-center gap-2.5 rounded-md px-2 hover:bg-hover"
      >
        <Mark />
        {label}
        <span className="text-ink-3">
          <Icon name="chevrons" />
        </span>
      </button>
      <div
        ref={menu}
        id="workspace-menu"
        popover="auto"
        className="fixed inset-auto top-14 left-3 m-0 max-h-[70vh] w-64 overflow-y-auto rounded-lg border border-line bg-raised p-1.5 text-ink shadow-xl"
      >
        <WorkspaceList onChosen={() => menu.current?.hidePopover()} />
      </div>
    </>
  )
}

export function WorkspaceList({ onChosen }: { onChosen: () => void }) {
  const me = useMe()
  const [creating, setCreating] = useState(false)
  const item =
    'flex min-h-9 w-full items-center gap-2 rounded-md px-2.5 text-left hover:bg-hover pointer-coarse:min-h-11'
  return (
    <>
      <ul aria-label={text.nav.workspace}>
        {me.workspaces.map(({ workspaceId, name, role }) => (
          <li key={workspaceId}>
            <button
              type="button"
              aria-current={workspaceId === me.workspaceId ? 'true' : undefined}
              onClick={() => {
                onChosen()
                void switchWorkspace(workspaceId)
              }}
              className={item}
            >
              <span className="min-w-0 flex-1 truncate">{name}</span>
              <span className="text-xs text-ink-3">{text.roles[role].name}</span>
              <span className={workspaceId === me.workspaceId ? 'text-accent' : 'invisible'}>
                <Icon name="check" />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {may(me, 'workspace:create') && (
        <button type="button" onClick={() => setCreating(true)} className={`${item} text-ink-2`}>
          <Icon name="plus" />
          {text.nav.newWorkspace}
        </button>
      )}
      {creating && (
        <NewWorkspace
          onClose={() => {
            setCreating(false)
            onChosen()
          }}
        />
      )}
    </>
  )
}
