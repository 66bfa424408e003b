import { useQuery } from '@tanstack/react-query'
import { api, queries } from '../api.ts'
import { forgetLinkToken, useLinkToken } from '../link-token.ts'
import { text } from '../messages.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { useEnter } from '../parts/enter.ts'
import { Field, Form, value } from '../parts/form.tsx'
import { Gate } from '../parts/gate.tsx'
import { useSubmit } from '../parts/submit.ts'

export function SetupPage() {
  const token = useLinkToken()
  const { data: setup } = useQuery(queries.setup())
  if (setup && !setup.open) {
    return (
      <Gate title={text.setup.closed} lead={text.setup.closedDetail}>
        <LinkButton to="/sign-in" look="primary">
          {text.signIn.go}
        </LinkButton>
      </Gate>
    )
  }
  if (!token) {
    return (
      <Gate title={text.setup.noToken} lead={text.setup.noTokenDetail}>
        <p className="text-ink-3">{text.setup.noTokenNext}</p>
      </Gate>
    )
  }
  return <FirstAdministrator token={token} />
}

function FirstAdministrator({ token }: { token: string }) {
  const enter = useEnter()
  const submit = useSubmit(async (values: FormData) => {
    const { workspaceId } = await api.setup.complete({
      token,
      name: value(values, 'name').trim(),
      email: value(values, 'email').trim(),
      password: value(values, 'password'),
      workspace: value(values, 'workspace').trim(),
    })
    await enter('/', workspaceId)
    forgetLinkToken()
  })
  return (
    <Gate title={text.setup.title} lead={text.setup.lead}>
      <Form problem={submit.problem} onSubmit={(values) => void submit.run(values)}>
        <Field name="name" label={text.fields.name} required maxLength={100} autoComplete="name" autoFocus />
        <Field name="email" type="email" label={text.fields.email} required maxLength={254} autoComplete="username" />
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
        <Field
          name="workspace"
          label={text.setup.workspace}
          hint={text.setup.workspaceHint}
          required
          maxLength={100}
          autoComplete="organization"
        />
        <Button type="submit" look="primary" busy={submit.busy}>
          {text.setup.go}
        </Button>
      </Form>
    </Gate>
  )
}
