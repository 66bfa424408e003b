import { CardeaProblem } from '@cardea/sdk'
import { api, queryClient } from '../api.ts'
import { useMe } from '../me.ts'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Field, Form, value } from './form.tsx'
import { announce } from './notice.tsx'
import { Section } from './page.tsx'
import { useSubmit } from './submit.ts'

/** The refusal is the one of the sign-in page, where an address is typed too; here only one thing can be wrong. */
async function change(passwords: { current: string; next: string }): Promise<void> {
  try {
    await api.changePassword(passwords)
  } catch (error) {
    if (!(error instanceof CardeaProblem) || error.code !== 'auth.wrong_password') throw error
    const { code, status, requestId } = error
    throw new CardeaProblem({ type: 'about:blank', code, status, requestId, ...text.you.wrongCurrent })
  }
}

export function ChangePassword() {
  const { person } = useMe()
  const submit = useSubmit(async (values: FormData, form: HTMLFormElement) => {
    await change({ current: value(values, 'current'), next: value(values, 'next') })
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
