// What it costs to load every definition of the catalog, in a process of its own with its compile cache warm.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const AIM = { milliseconds: 60, megabytes: 20 }

export interface Load {
  milliseconds: number
  megabytes: number
  services: number
}

const PROGRAM = `
  const { enableCompileCache } = await import('node:module')
  enableCompileCache(process.argv[1])
  gc()
  const before = process.memoryUsage().heapUsed
  const began = performance.now()
  const { services } = await import('@cardea/catalog')
  const milliseconds = performance.now() - began
  gc()
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20
  console.log(JSON.stringify({ milliseconds, megabytes, services: Object.keys(services).length }))`

/** Each run in a new process; the first fills the cache and does not count. */
export function loadCatalog(runs: number): Load[] {
  const cache = mkdtempSync(join(tmpdir(), 'cardea-catalog-'))
  const server = join(import.meta.dirname, '../../packages/server')
  const run = () =>
    JSON.parse(
      execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', PROGRAM, cache], {
        cwd: server,
        encoding: 'utf8',
      }),
    ) as Load
  try {
    run()
    return Array.from({ length: runs }, run)
  } finally {
    rmSync(cache, { recursive: true, force: true })
  }
}

export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

if (import.meta.main) {
  const loads = loadCatalog(9)
  console.log(`${loads[0]!.services} services, median of ${loads.length} processes`)
  console.log(`  time ${median(loads.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms (aim ${AIM.milliseconds})`)
  console.log(`  heap ${median(loads.map(({ megabytes }) => megabytes)).toFixed(1)} MB (aim ${AIM.megabytes})`)
}
