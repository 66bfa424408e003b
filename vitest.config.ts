import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import SkipsReporter from './scripts/test/skips-reporter.ts'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'packages/*/src/**/*.test.ts'],
    pool: 'forks',
    // By default one core is left idle, which on two cores is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Where the machine is shared and busy, what watches real sockets and processes gets another chance; what is broken fails all three.
    retry: process.env.CI ? 2 : 0,
    // A test that hangs is worse than one that fails.
    teardownTimeout: 10_000,
    reporters: ['default', new SkipsReporter()],
  },
})
