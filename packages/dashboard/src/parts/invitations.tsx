import type { CreatedInvitation, Invitation, Role } from '@cardea/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { api, queries, queryClient } from '../api.ts'
import { useWorkspace } from '../me.ts'
import { text } from '../messages.ts'
import { flat, useNames } from '../people.ts'
import { Button } from './button.tsx'
import { Confirm, Dialog } from './dialog.tsx'
import { Field, Form, value } from './form.tsx'
import { More } from './more.tsx'
import { announce } from './notice.tsx'
import { OnceSecret } from './once-secret.tsx'
import { Empty, Row, Rows, Section, Skeleton, Tag } from './page.tsx'
import { Past } from './past.tsx'
import { QueryProblem } from './problem-note.tsx'
import { RoleField } from './role-options.tsx'
import { useSubmit } from './submit.ts'
import { When } from './when.tsx'

export function Invitations() {
  const { workspaceId } = useWorkspace()
  const list = useInfiniteQuery(queries.invitations(workspaceId))
  const [creating, setCreating] = useState(false)
  const [made, setMade] = useState<{ email: string; link: string }>()
  const [withdrawing, setWithdrawing] = useState<Invitation>()
  const invite = useRef<HTMLButtonElement>(null)
  const all = flat(list.data)
  const open = all.filter(({ state }) => state === 'open')
  const past = all.filter(({ state }) => state !== 'open')
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['invitations', workspaceId] })

  return (
    <Section
      title={text.invitations.title}
      lead={text.invitations.lead}
      action={
        <Button ref={invite} look="primary" onClick={() => setCreating(true)}>
          {text.invitations.invite}
        </Button>
      }
    >
      {made && (
        <OnceSecret
          title={text.invitations.linkTitle(made.email)}
          label={text.invitations.linkLabel}
          warning={text.invitations.linkWarning}
          secret={made.link}
          onDone={() => {
            setMade(undefined)
            invite.current?.focus()
          }}
        />
      )}
      <QueryProblem query={list} />
      {list.isPending && !list.error && <Skeleton rows={1} />}
      {list.isSuccess && open.length === 0 && !made && (
        <Empty title={text.invitations.none} detail={text.invitations.noneDetail} />
      )}
      {open.length > 0 && (
        <Rows label={text.invitations.title}>
          {open.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} onWithdraw={() => setWithdrawing(invitation)} />
          ))}
        </Rows>
      )}
      {past.length > 0 && (
        <Past label={text.invitations.past(past.length)}>
          {past.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} />
          ))}
        </Past>
      )}
      <More list={list} />
      {creating && (
        <Invite
          onClose={() => setCreating(false)}
          onMade={({ email, link }) => {
            setMade({ email, link })
            void refresh()
          }}
        />
      )}
      {withdrawing && (
        <Confirm
          title={text.invitations.withdrawTitle(withdrawing.email)}
          detail={text.invitations.withdrawDetail}
          verb={text.invitations.withdraw}
          onConfirm={async () => {
            await api.invitations.withdraw(withdrawing.id, { workspace: workspaceId })
            announce(text.invitations.withdrawn)
            await refresh()
          }}
          onClose={() => setWithdrawing(undefined)}
        />
      )}
    </Section>
  )
}

function InvitationRow({ invitation, onWithdraw }: { invitation: Invitation; onWithdraw?: () => void }) {
  const nameOf = useNames()
  const { email, role, state, invitedBy, expiresAt } = invitation
  return (
    <Row
      title={
        <>
          {email}
          {state !== 'open' && <Tag>{text.invitations.states[state]}</Tag>}
        </>
      }
      detail={
        <>
          <span>{text.roles[role].name}</span>
          <span>{text.invitations.invitedBy(nameOf(invitedBy))}</span>
          {state === 'open' && (
            <span>
              {text.invitations.expires} <When at={expiresAt} />
            </span>
          )}
        </>
      }
    >
      {onWithdraw && (
        <Button look="quiet" aria-label={text.invitations.withdrawNamed(email)} onClick={onWithdraw}>
          {text.invitations.withdraw}
        </Button>
      )}
    </Row>
  )
}

function Invite({ onClose, onMade }: { onClose: () => void; onMade: (made: CreatedInvitation) => void }) {
  const { workspaceId } = useWorkspace()
  const [role, setRole] = useState<Role>('editor')
  const submit = useSubmit(async (values: FormData) => {
    const body = { email: value(values, 'email').trim(), role: role }
    const made = await api.invitations.create(body, { workspace: workspaceId })
    onClose()
    onMade(made)
  })
  return (
    <Dialog title={text.invitations.inviteTitle} onClose={onClose}>
      <Form problem={submit.problem} onSubmit={(values) => void submit.run(values)}>
        <Field
          name="email"
          type="email"
          label={text.fields.email}
          required
          maxLength={254}
          autoComplete="off"
          autoFocus
        />
        <RoleField role={role} onChange={setRole} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" look="primary" busy={submit.busy}>
            {text.invitations.create}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
