import type { Member, Role } from '@cardea/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, queries, queryClient } from '../api.ts'
import { switchWorkspace, useMe, useWorkspace } from '../me.ts'
import { text } from '../messages.ts'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { Invitations } from '../parts/invitations.tsx'
import { More } from '../parts/more.tsx'
import { announce } from '../parts/notice.tsx'
import { PageFrame, Row, Rows, Section, Skeleton, Tag } from '../parts/page.tsx'
import { ProblemNote, QueryProblem } from '../parts/problem-note.tsx'
import { RoleOptions } from '../parts/role-options.tsx'
import { useSubmit } from '../parts/submit.ts'
import { When } from '../parts/when.tsx'
import { flat } from '../people.ts'

type Asking = { what: 'remove'; member: Member } | { what: 'role'; member: Member; role: Role }

export function MembersPage() {
  const me = useMe()
  const { workspaceId } = useWorkspace()
  const list = useInfiniteQuery(queries.members(workspaceId))
  const [asking, setAsking] = useState<Asking>()
  const members = flat(list.data)

  const changeRole = async (member: Member, role: Role) => {
    await api.members.changeRole(member.userId, role, { workspace: workspaceId })
    announce(text.members.changed(member.name, role))
    await refresh(workspaceId, member.userId === me.id)
  }
  const remove = async (member: Member) => {
    await api.members.remove(member.userId, { workspace: workspaceId })
    announce(text.members.removed(member.name))
    await refresh(workspaceId, member.userId === me.id)
  }
  const change = useSubmit(changeRole)
  const { one, many } = text.members
  const heading = list.isSuccess ? text.common.count(members.length, list.hasNextPage, one, many) : text.members.title

  return (
    <PageFrame title={text.members.title} lead={text.members.lead}>
      <Section title={heading}>
        <ProblemNote problem={change.problem} />
        <QueryProblem query={list} />
        {list.isPending && !list.error && <Skeleton />}
        {list.isSuccess && (
          <Rows label={text.members.title}>
            {members.map((member) => (
              <Row
                key={member.userId}
                title={
                  <>
                    {member.name}
                    {member.userId === me.id && <Tag>{text.common.you}</Tag>}
                  </>
                }
                detail={
                  <>
                    <span>{member.email}</span>
                    <span>
                      {text.members.joined} <When at={member.createdAt} />
                    </span>
                  </>
                }
              >
                <select
                  aria-label={text.members.roleOf(member.name)}
                  value={member.role}
                  disabled={change.busy}
                  onChange={(event) => {
                    const role = event.target.value as Role
                    // Some browsers choose with each press of an arrow key; the two that matter most are asked about.
                    if (member.userId === me.id || role === 'admin') setAsking({ what: 'role', member, role })
                    else void change.run(member, role)
                  }}
                  className="field w-auto"
                >
                  <RoleOptions />
                </select>
                <Button
                  look="quiet"
                  aria-label={member.userId === me.id ? undefined : text.members.removeNamed(member.name)}
                  onClick={() => setAsking({ what: 'remove', member })}
                >
                  {member.userId === me.id ? text.members.leave : text.members.remove}
                </Button>
              </Row>
            ))}
          </Rows>
        )}
        <More list={list} />
      </Section>
      <Invitations />
      {asking?.what === 'remove' && (
        <Confirm
          {...(asking.member.userId === me.id
            ? { title: text.members.leaveTitle, detail: text.members.leaveDetail, verb: text.members.leave }
            : {
                title: text.members.removeTitle(asking.member.name),
                detail: text.members.removeDetail,
                verb: text.members.remove,
              })}
          onConfirm={() => remove(asking.member)}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking?.what === 'role' && (
        <Confirm
          {...(asking.member.userId === me.id
            ? {
                title: text.members.stepDownTitle,
                detail: text.members.stepDownDetail(asking.role),
                verb: text.members.stepDown,
              }
            : {
                title: text.members.promoteTitle(asking.member.name),
                detail: text.members.promoteDetail,
                verb: text.members.promote,
                danger: false,
              })}
          onConfirm={() => changeRole(asking.member, asking.role)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </PageFrame>
  )
}

async function refresh(workspaceId: string, isMyself: boolean): Promise<void> {
  // What I may see is another question now, and this list may not be mine to ask for any more.
  if (isMyself) await switchWorkspace(workspaceId)
  else await queryClient.invalidateQueries({ queryKey: ['members', workspaceId] })
}
