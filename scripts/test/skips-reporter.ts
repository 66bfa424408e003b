import type { Reporter, TestModule } from 'vitest/node'

/**
 * Closes every run with what did not run and why, so that nobody takes a skipped test for a passed one. Where
 * CARDEA_TEST_MAY_SKIP is set (a regular expression of names), any other test that was left out fails the run.
 */
export default class SkipsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // With -t, everything else is left out on purpose.
    if (process.argv.includes('-t')) return
    const maySkip = process.env.CARDEA_TEST_MAY_SKIP
    for (const test of modules.flatMap((module) => [...module.children.allTests('skipped')])) {
      const { note } = test.result() as { note?: string }
      console.log(`not run: ${test.fullName}${note ? `: ${note}` : ''}`)
      if (maySkip !== undefined && !new RegExp(maySkip).test(test.fullName)) {
        console.log('  … and it should have: this run had all that it needs')
        process.exitCode = 1
      }
    }
  }
}
