import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { queries } from '../api.ts'
import { text } from '../messages.ts'
import { useEnter } from '../parts/enter.ts'
import { Gate } from '../parts/gate.tsx'
import { SignInForm } from '../parts/sign-in-form.tsx'

export function SignInPage() {
  const { next = '/' } = useSearch({ from: '/sign-in' })
  const { data: setup } = useQuery(queries.setup())
  const enter = useEnter()
  if (setup?.open) {
    return (
      <Gate title={text.signIn.setupOpen} lead={text.signIn.setupOpenDetail}>
        <p className="text-ink-3">{text.signIn.setupOpenHint}</p>
      </Gate>
    )
  }
  return (
    <Gate title={text.signIn.title}>
      <SignInForm onSignedIn={() => enter(next)} />
      <p className="text-ink-3">{text.signIn.forgotten}</p>
    </Gate>
  )
}
