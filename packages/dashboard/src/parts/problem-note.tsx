import type { CardeaProblem, Issue } from '@cardea/sdk'
import { text } from '../messages.ts'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'
import { asProblem } from './submit.ts'

interface ProblemNoteProps {
  problem: CardeaProblem | undefined
  /** What is wrong with things that have no field here to stand beside. */
  issues?: readonly Issue[]
  retry?: () => void
}

/** What went wrong and what to do about it, where it went wrong. The region is there before the words, so that they are read out. */
export function ProblemNote({ problem, issues = [], retry }: ProblemNoteProps) {
  return (
    <div role="alert" className="empty:absolute">
      {problem && (
        <div className="rise flex gap-2.5 rounded-lg bg-danger-soft px-3.5 py-3">
          <span className="mt-0.5 text-danger">
            <Icon name="warning" />
          </span>
          <div className="min-w-0">
            <p className="font-medium text-danger">{problem.title}</p>
            {problem.detail !== problem.title && <p>{problem.detail}</p>}
            {issues.map((issue) => (
              <p key={issue.path + issue.message}>
                {issue.path}: {issue.message}
              </p>
            ))}
            <p className="text-ink-2">{text.problem.next[problem.code] ?? problem.next}</p>
            {problem.status >= 500 && problem.requestId && (
              <p className="mt-1 font-mono text-xs text-ink-3">{text.common.requestId(problem.requestId)}</p>
            )}
            {retry && (
              <Button className="mt-2.5" onClick={retry}>
                {text.common.tryAgain}
              </Button>
            )}
          </div>
        </div>
      )}
    </div>
  )
}

/** A list or fact that could not be fetched. */
export function QueryProblem({ query }: { query: { error: Error | null; refetch: () => unknown } }) {
  if (!query.error) return null
  return <ProblemNote problem={asProblem(query.error)} retry={() => void query.refetch()} />
}
