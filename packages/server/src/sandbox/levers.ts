/** What can be changed while the sandbox is open, on its page or by a test. */
export interface Levers {
  /** Of access tokens that are given from now on. */
  accessTokenSeconds: number
  readonly grants: number
  /** As if the person had ended them all in the settings of the service. */
  endGrants(): number
}

export const LIVES = { least: 5, most: 3600, usual: 60 } as const

export function createLevers(memory: { count(kind: string): number; endGrants(): number }): Levers {
  let accessTokenSeconds: number = LIVES.usual
  return {
    get accessTokenSeconds() {
      return accessTokenSeconds
    },
    set accessTokenSeconds(seconds) {
      accessTokenSeconds = Math.min(Math.max(Math.round(seconds) || LIVES.usual, LIVES.least), LIVES.most)
    },
    get grants() {
      return memory.count('Grant')
    },
    endGrants: () => memory.endGrants(),
  }
}
