import { useRouter } from '@tanstack/react-router'
import { text } from '../messages.ts'
import { Gate } from './gate.tsx'
import { ProblemNote } from './problem-note.tsx'
import { asProblem } from './submit.ts'

/** In place of a page that could not be shown at all. */
export function PageProblem({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter()
  return (
    <Gate title={text.product} heading={text.problem.page}>
      <ProblemNote
        problem={asProblem(error)}
        retry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </Gate>
  )
}
