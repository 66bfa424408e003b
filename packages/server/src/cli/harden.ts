import { writeFileSync } from 'node:fs'
import { url as inspectorUrl } from 'node:inspector'
import { nodeFlags } from '../config/config.ts'
import type { Logger } from '../log.ts'

const REVEALING =
  /^--(inspect(?!-publish)|heapsnapshot-(signal|near-heap-limit)|heap-prof|report-(on|signal)|abort-on-uncaught-exception)/

/**
 * Shuts the ways in which a process shows its memory: the inspector, heap snapshots, diagnostic reports, core files.
 * Stops whoever may signal the process, or read its working folder, but not its memory.
 */
export function harden(log: Logger): void {
  const flag = nodeFlags().find((flag) => REVEALING.test(flag))
  if (flag || inspectorUrl())
    throw new Error(`the server does not run with ${flag ?? '--inspect'}: it would show credentials in memory`)
  // Whatever the server writes is for its owner alone, the files of the database too.
  process.umask(0o077)
  // Without a listener of ours this signal makes Node open its inspector.
  process.on('SIGUSR1', () => log.warn('ignored SIGUSR1: the inspector stays off'))
  process.report.reportOnFatalError = false
  process.report.reportOnSignal = false
  process.report.reportOnUncaughtException = false
  process.report.excludeEnv = true
  if (process.platform === 'linux') keepMemoryOutOfCoreFiles(log)
}

function keepMemoryOutOfCoreFiles(log: Logger): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0')
  } catch (error) {
    log.warn('core files of this process may hold secrets; set the limit for core files to 0', { error })
  }
}
