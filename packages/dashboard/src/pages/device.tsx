import type { DeviceLogin } from '@cardea/sdk'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../api.ts'
import { useSignedIn } from '../me.ts'
import { text } from '../messages.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { Field, Form, value } from '../parts/form.tsx'
import { Gate } from '../parts/gate.tsx'
import { Note } from '../parts/page.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useSubmit } from '../parts/submit.ts'
import { When } from '../parts/when.tsx'

type Step = { at: 'code' } | { at: 'decide'; code: string; login: DeviceLogin } | { at: 'approved' | 'denied' }

/** A code in the link fills the field and no more: nobody is brought to approve by opening a link. */
export function DevicePage() {
  const { user_code: given } = useSearch({ from: '/alone/device' })
  const [step, setStep] = useState<Step>({ at: 'code' })
  if (step.at === 'code') {
    return <EnterCode given={given} onFound={(code, login) => setStep({ at: 'decide', code, login })} />
  }
  if (step.at === 'decide') return <Decide {...step} onDecided={(at) => setStep({ at })} />
  return (
    <Gate
      key={step.at}
      title={step.at === 'approved' ? text.device.approved : text.device.denied}
      lead={step.at === 'approved' ? text.device.approvedDetail : text.device.deniedDetail}
    >
      <div className="flex flex-wrap gap-2">
        <LinkButton to="/you">{text.device.manage}</LinkButton>
        <Button look="quiet" onClick={() => setStep({ at: 'code' })}>
          {text.device.again}
        </Button>
      </div>
    </Gate>
  )
}

interface EnterCodeProps {
  given: string | undefined
  onFound: (code: string, login: DeviceLogin) => void
}

function EnterCode({ given, onFound }: EnterCodeProps) {
  const submit = useSubmit(async (code: string) => onFound(code, await api.deviceLogins.inspect(code)))
  return (
    <Gate key="code" title={text.device.title} lead={text.device.lead}>
      <Form problem={submit.problem} onSubmit={(values) => void submit.run(tidy(value(values, 'userCode')))}>
        <Field
          name="userCode"
          label={text.device.code}
          hint={text.device.codeHint}
          defaultValue={given}
          required
          maxLength={20}
          autoFocus
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          className="font-mono text-lg tracking-widest uppercase"
        />
        <Button type="submit" look="primary" busy={submit.busy}>
          {text.device.check}
        </Button>
      </Form>
    </Gate>
  )
}

interface DecideProps {
  code: string
  login: DeviceLogin
  onDecided: (at: 'approved' | 'denied') => void
}

function Decide({ code, login, onDecided }: DecideProps) {
  const me = useSignedIn()
  const decide = useSubmit(async (decision: 'approve' | 'deny') => {
    await api.deviceLogins[decision](code)
    onDecided(decision === 'approve' ? 'approved' : 'denied')
  })
  return (
    <Gate key="decide" title={text.device.title} heading={text.device.asks(login.client)}>
      <dl className="card grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 px-4 py-3">
        <dt className="text-ink-3">{text.device.codeIs}</dt>
        <dd className="font-mono font-semibold tracking-widest">{code}</dd>
        <dt className="text-ink-3">{text.device.started}</dt>
        <dd>
          <When at={login.createdAt} />
        </dd>
      </dl>
      <div>
        <p className="font-medium">{text.device.grants(me?.person?.email ?? text.common.you)}</p>
        <ul className="mt-1 list-disc pl-5 text-ink-2">
          {text.device.grantsList.map((grant) => (
            <li key={grant}>{grant}</li>
          ))}
        </ul>
      </div>
      <Note>{text.device.warning}</Note>
      <ProblemNote problem={decide.problem} />
      <div className="grid grid-cols-2 gap-2">
        <Button busy={decide.busy} onClick={() => void decide.run('deny')}>
          {text.device.deny}
        </Button>
        <Button look="primary" busy={decide.busy} onClick={() => void decide.run('approve')}>
          {text.device.approve}
        </Button>
      </div>
    </Gate>
  )
}

/** As the terminal shows it: XXXX-XXXX, whatever was typed between. */
function tidy(typed: string): string {
  const code = typed.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code
}
