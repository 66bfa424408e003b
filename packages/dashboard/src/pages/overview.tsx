import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api, queries, queryClient } from '../api.ts'
import { useMe, useWorkspace } from '../me.ts'
import { text } from '../messages.ts'
import { may } from '../nav.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Form, value } from '../parts/form.tsx'
import { announce } from '../parts/notice.tsx'
import { Empty, PageFrame, Section, Skeleton } from '../parts/page.tsx'
import { useSubmit } from '../parts/submit.ts'
import { isPast, onDay } from '../parts/when.tsx'
import { flat } from '../people.ts'

export function OverviewPage() {
  const me = useMe()
  const { name, role, workspaceId } = useWorkspace()
  const [renaming, setRenaming] = useState(false)
  const workspace = useQuery(queries.workspace(workspaceId))
  const members = useInfiniteQuery({ ...queries.members(workspaceId), enabled: may(me, 'member:manage') })
  const keys = useInfiniteQuery({ ...queries.keys(workspaceId), enabled: may(me, 'key:manage') })
  const facts: [string, ReactNode][] = [[text.overview.role, text.roles[role].name]]
  if (members.isSuccess) {
    facts.push([text.overview.members, text.overview.number(flat(members.data).length, members.hasNextPage)])
  }
  if (keys.isSuccess) {
    const live = flat(keys.data).filter((key) => !key.revokedAt && !isPast(key.expiresAt)).length
    facts.push([text.overview.keys, text.overview.number(live, keys.hasNextPage)])
  }
  if (workspace.data) facts.push([text.overview.since, onDay(workspace.data.createdAt)])

  return (
    <PageFrame
      title={text.overview.title}
      heading={name}
      action={may(me, 'workspace:manage') && <Button onClick={() => setRenaming(true)}>{text.overview.rename}</Button>}
    >
      <dl className="card grid min-h-[4.75rem] grid-cols-2 gap-x-4 gap-y-3 px-4 py-3.5 sm:grid-cols-4">
        {facts.map(([term, fact]) => (
          <div key={term}>
            <dt className="text-ink-3">{term}</dt>
            <dd className="font-medium tabular-nums">{fact}</dd>
          </div>
        ))}
      </dl>
      <NextSteps />
      {renaming && <Rename onClose={() => setRenaming(false)} />}
    </PageFrame>
  )
}

/** What is still to be done here, by this person. What is done is not nagged about. */
function NextSteps() {
  const me = useMe()
  const { workspaceId } = useWorkspace()
  const members = useInfiniteQuery({ ...queries.members(workspaceId), enabled: may(me, 'member:manage') })
  const keys = useInfiniteQuery({ ...queries.keys(workspaceId), enabled: may(me, 'key:manage') })
  const vault = useQuery({ ...queries.vault(), enabled: may(me, 'deployment:read') })
  const asked = [members, keys, vault]
  if (asked.some((query) => query.isLoading)) {
    return (
      <Section title={text.overview.next}>
        <Skeleton />
      </Section>
    )
  }

  const steps: [string, ReactNode][] = []
  if (vault.data?.masterKey.warning) {
    steps.push([
      'vault',
      <LinkButton key="vault" to="/system">
        {text.nav.system}
      </LinkButton>,
    ])
  }
  if (members.isSuccess && flat(members.data).length === 1) {
    steps.push([
      'invite',
      <LinkButton key="invite" to="/members">
        {text.invitations.invite}
      </LinkButton>,
    ])
  }
  if (keys.isSuccess && !flat(keys.data).some((key) => !key.revokedAt)) {
    steps.push([
      'key',
      <LinkButton key="key" to="/keys">
        {text.keys.create}
      </LinkButton>,
    ])
  }
  return (
    <Section title={text.overview.next}>
      {steps.length === 0 ? (
        <Empty title={text.overview.allDone} detail={text.overview.allDoneDetail} />
      ) : (
        <ol className="card divide-y divide-line">
          {steps.map(([step, action]) => (
            <li key={step} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2.5 px-4 py-3.5">
              <div className="min-w-0 flex-1 basis-64">
                <p className="font-medium">{text.overview.steps[step]?.[0]}</p>
                <p className="text-ink-2">{text.overview.steps[step]?.[1]}</p>
              </div>
              {action}
            </li>
          ))}
        </ol>
      )}
    </Section>
  )
}

function Rename({ onClose }: { onClose: () => void }) {
  const { name, workspaceId } = useWorkspace()
  const submit = useSubmit(async (newName: string) => {
    await api.workspace.rename({ name: newName }, { workspace: workspaceId })
    await queryClient.invalidateQueries({ queryKey: ['me'] })
    announce(text.overview.renamed(newName))
    onClose()
  })
  return (
    <Dialog title={text.overview.renameTitle} onClose={onClose}>
      <Form problem={submit.problem} onSubmit={(values) => void submit.run(value(values, 'name').trim())}>
        <Field
          name="name"
          label={text.overview.newName}
          defaultValue={name}
          required
          maxLength={100}
          autoFocus
          autoComplete="off"
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" look="primary" busy={submit.busy}>
            {text.overview.save}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
