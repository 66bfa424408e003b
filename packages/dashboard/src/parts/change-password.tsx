import { api, queryClient } from '../api.ts'
import { useMe } from '../me.ts'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Field, Form, value } from './form.tsx'
import { announce } from './notice.tsx'
import { Section } from './page.tsx'
import { useSubmit } from './submit.ts'

export function ChangePassword() {
  const { person } = useMe()
  const submit = useSubmit(async (values: FormData, form: HTMLFormElement) => {
    await api.changePassword({ current: value(values, 'current'), next: value(values, 'next') })
    form.reset()
    announce(text.you.passwordChanged)
    await queryClient.invalidateQueries({ queryKey: ['logins'] })
  })
  return (
    <Section title={text.you.password} lead={text.you.passwordLead}>
      <Form
        problem={submit.problem}
        onSubmit={(values, form) => void submit.run(values, form)}
        className="card max-w-md p-4"
      >
        {/* For password managers, which file a new password under the name beside it. */}
        <input type="email" autoComplete="username" value={person?.email ?? ''} readOnly hidden />
        <Field
          name="current"
          type="password"
          label={text.fields.currentPassword}
          required
          maxLength={256}
          autoComplete="current-password"
        />
        <Field
          name="next"
          type="password"
          label={text.fields.newPassword}
          hint={text.fields.passwordHint}
          required
          minLength={12}
          maxLength={256}
          autoComplete="new-password"
        />
        <div>
          <Button type="submit" busy={submit.busy}>
            {text.you.change}
          </Button>
        </div>
      </Form>
    </Section>
  )
}
