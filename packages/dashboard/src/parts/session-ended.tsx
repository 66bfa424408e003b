import { queryClient } from '../api.ts'
import { useMe } from '../me.ts'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { SignInForm } from './sign-in-form.tsx'

/** Lies over the page when the session has ended, so that what was typed below stays. */
export function SessionEnded() {
  const me = useMe()
  return (
    <Dialog title={text.session.ended}>
      <p className="mb-4 text-ink-2">{text.session.endedDetail}</p>
      <SignInForm
        email={me.person?.email}
        onSignedIn={(person) => {
          // Somebody else begins afresh, and sees nothing of what lay here.
          if (person.id !== me.person?.id) location.assign('/')
          else return queryClient.invalidateQueries()
        }}
      />
      <div className="mt-3 flex flex-col">
        <Button look="quiet" onClick={() => location.assign('/sign-in')}>
          {text.session.other}
        </Button>
      </div>
    </Dialog>
  )
}
