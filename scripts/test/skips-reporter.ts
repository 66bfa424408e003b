import type { Reporter, TestModule } from 'vitest/node'

/** Closes every run with what did not run and why, so that nobody takes a skipped test for a passed one. */
export default class SkipsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // With -t, everything else is left out on purpose.
    if (process.argv.includes('-t')) return
    for (const test of modules.flatMap((module) => [...module.children.allTests('skipped')])) {
      const { note } = test.result() as { note?: string }
      console.log(`not run: ${test.fullName}${note ? `: ${note}` : ''}`)
    }
  }
}
