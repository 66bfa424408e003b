import { api, queryClient } from '../api.ts'
import { announce } from './notice.tsx'
import { asProblem } from './submit.ts'

/** Ends the session. Resolves to whether it has ended; a refusal is said. */
export async function endSession(): Promise<boolean> {
  try {
    await api.session.signOut()
  } catch (error) {
    const problem = asProblem(error)
    // Without a session there is nothing left to end.
    if (problem.status !== 401) {
      announce(`${problem.title}. ${problem.detail}`)
      return false
    }
  }
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' })
  return true
}

/** Loading the page anew leaves nothing in memory of what was seen. */
export async function signOut(): Promise<void> {
  if (await endSession()) location.assign('/sign-in')
}
