import { useState } from 'react'
import { useMe } from '../me.ts'
import { text } from '../messages.ts'
import { may } from '../nav.ts'
import { Button } from '../parts/button.tsx'
import { NewWorkspace } from '../parts/new-workspace.tsx'
import { PageFrame } from '../parts/page.tsx'

export function NoWorkspace() {
  const me = useMe()
  const [creating, setCreating] = useState(false)
  return (
    <PageFrame title={text.workspaces.none} lead={text.workspaces.noneDetail}>
      <p>
        {text.workspaces.noneNext} <strong>{me.person?.email}</strong>
      </p>
      {may(me, 'workspace:create') && (
        <div>
          <Button look="primary" onClick={() => setCreating(true)}>
            {text.workspaces.create}
          </Button>
        </div>
      )}
      {creating && <NewWorkspace onClose={() => setCreating(false)} />}
    </PageFrame>
  )
}
