import { CardeaProblem } from '@cardea/sdk'
import { useRef, useState } from 'react'
import { noticeEndedSession } from '../api.ts'
import { text } from '../messages.ts'

/**
 * Something a person asked for: at work, done or refused. Unlike a library's mutation it keeps neither what was sent
 * nor what came back, since both may be secret.
 */
export interface Submit<Args extends unknown[]> {
  busy: boolean
  problem: CardeaProblem | undefined
  /** Resolves to whether it was done. */
  run(...args: Args): Promise<boolean>
  reset(): void
}

export function useSubmit<Args extends unknown[]>(work: (...args: Args) => Promise<unknown>): Submit<Args> {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<CardeaProblem>()
  const running = useRef(false)

  const run = async (...args: Args): Promise<boolean> => {
    if (running.current) return false
    running.current = true
    setBusy(true)
    setProblem(undefined)
    try {
      await work(...args)
      return true
    } catch (error) {
      noticeEndedSession(error)
      setProblem(asProblem(error))
      return false
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  return { busy, problem, run, reset: () => setProblem(undefined) }
}

export function asProblem(error: unknown): CardeaProblem {
  if (error instanceof CardeaProblem) return error
  reportError(error)
  return new CardeaProblem({
    type: 'about:blank',
    status: 0,
    code: 'dashboard.fault',
    requestId: '',
    ...text.problem.unknown,
  })
}
