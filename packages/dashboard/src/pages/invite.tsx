import type { InvitationPreview, Me } from '@cardea/sdk'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, queries, queryClient } from '../api.ts'
import { forgetLinkToken, useLinkToken } from '../link-token.ts'
import { text } from '../messages.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { useEnter } from '../parts/enter.ts'
import { Field, Form, value } from '../parts/form.tsx'
import { Gate } from '../parts/gate.tsx'
import { ProblemNote, QueryProblem } from '../parts/problem-note.tsx'
import { endSession } from '../parts/sign-out.ts'
import { useSubmit } from '../parts/submit.ts'
import { When } from '../parts/when.tsx'

export function InvitePage() {
  const token = useLinkToken()
  if (!token) {
    return (
      <Gate title={text.invite.noToken} lead={text.invite.noTokenDetail}>
        <p className="text-ink-3">{text.invite.noTokenNext}</p>
      </Gate>
    )
  }
  return <Invitation key={token} token={token} />
}

function Invitation({ token }: { token: string }) {
  const signedIn = useQuery(queries.me())
  const me = signedIn.data
  const [preview, setPreview] = useState<InvitationPreview>()
  const inspect = useSubmit(async () => setPreview(await api.invitations.inspect(token)))
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each link; it is keyed by its token
  useEffect(() => void inspect.run(), [])

  if (!preview || me === undefined) {
    return (
      <Gate title={text.invite.title}>
        <ProblemNote problem={inspect.problem} />
        {!inspect.problem && <QueryProblem query={signedIn} />}
      </Gate>
    )
  }
  return (
    <Gate
      title={text.invite.title}
      heading={text.invite.to(preview.workspace.name)}
      lead={
        <>
          <p>{text.invite.as(preview.role)}</p>
          <p className="mt-1 text-ink-3">
            {text.invite.until} <When at={preview.expiresAt} exact />.
          </p>
        </>
      }
    >
      {me?.person ? (
        <AsSignedIn token={token} preview={preview} person={me.person} />
      ) : (
        <AsSomebodyNew token={token} preview={preview} />
      )}
    </Gate>
  )
}

interface Offer {
  token: string
  preview: InvitationPreview
}

function useJoin() {
  const enter = useEnter()
  return async (body: Parameters<typeof api.invitations.accept>[0]) => {
    const { workspaceId } = await api.invitations.accept(body)
    await enter('/', workspaceId)
    forgetLinkToken()
  }
}

function AsSomebodyNew({ token, preview }: Offer) {
  const join = useJoin()
  const submit = useSubmit((values: FormData) =>
    join({ token, name: value(values, 'name').trim(), password: value(values, 'password') }),
  )
  return (
    <>
      <Form problem={submit.problem} onSubmit={(values) => void submit.run(values)}>
        <Field
          label={text.fields.email}
          name="email"
          type="email"
          value={preview.email}
          readOnly
          required
          autoComplete="username"
        />
        <Field name="name" label={text.fields.name} required maxLength={100} autoComplete="name" autoFocus />
        <Field
          name="password"
          type="password"
          label={text.fields.password}
          hint={text.fields.passwordHint}
          required
          minLength={12}
          maxLength={256}
          autoComplete="new-password"
        />
        <Button type="submit" look="primary" busy={submit.busy}>
          {text.invite.join}
        </Button>
      </Form>
      <div className="flex flex-wrap items-center justify-between gap-2 border-t border-line pt-4">
        <span className="text-ink-2">{text.invite.haveAccount}</span>
        <LinkButton to="/sign-in" search={{ next: '/invite' }}>
          {text.invite.signInFirst}
        </LinkButton>
      </div>
    </>
  )
}

function AsSignedIn({ token, preview, person }: Offer & { person: NonNullable<Me['person']> }) {
  const join = useJoin()
  const submit = useSubmit(() => join({ token }))
  const leave = useSubmit(async () => {
    if (await endSession()) queryClient.setQueryData(['me'], null)
  })
  if (person.email.toLowerCase() !== preview.email.toLowerCase()) {
    return (
      <div className="flex flex-col gap-4">
        <p>{text.invite.other(person.email, preview.email)}</p>
        <Button look="primary" busy={leave.busy} onClick={() => void leave.run()}>
          {text.invite.signOut}
        </Button>
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-4">
      <ProblemNote problem={submit.problem} />
      <Button look="primary" busy={submit.busy} onClick={() => void submit.run()}>
        {text.invite.accept(person.name)}
      </Button>
    </div>
  )
}
