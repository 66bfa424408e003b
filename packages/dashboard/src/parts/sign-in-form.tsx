import type { Person } from '@cardea/sdk'
import { api } from '../api.ts'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Field, Form, value } from './form.tsx'
import { useSubmit } from './submit.ts'

export function SignInForm({
  email,
  onSignedIn,
}: {
  email?: string | undefined
  onSignedIn: (person: Person) => unknown
}) {
  const submit = useSubmit(async (values: FormData) => {
    const body = { email: value(values, 'email').trim(), password: value(values, 'password') }
    const { person } = await api.session.signIn(body)
    await onSignedIn(person)
  })
  return (
    <Form problem={submit.problem} onSubmit={(values) => void submit.run(values)}>
      <Field
        name="email"
        type="email"
        label={text.fields.email}
        defaultValue={email}
        required
        maxLength={254}
        autoComplete="username"
        autoFocus={!email}
      />
      <Field
        name="password"
        type="password"
        label={text.fields.password}
        required
        maxLength={256}
        autoComplete="current-password"
        autoFocus={Boolean(email)}
      />
      <Button type="submit" look="primary" busy={submit.busy}>
        {text.signIn.go}
      </Button>
    </Form>
  )
}
