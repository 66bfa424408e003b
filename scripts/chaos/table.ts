import type { ChaosReport } from './chaos.ts'

/** What must be nought, whatever was done to the servers. */
export function mustBeNought({ used, deadButAlive, greenButDead, unsettled }: ChaosReport): Record<string, number> {
  return {
    'used tokens presented, but for one try after a lost answer': used.beyond,
    'connections dead that the token server calls alive': deadButAlive.length,
    'connections green that the token server calls dead': greenButDead.length,
    'connections that did not settle': Object.values(unsettled).reduce((sum, count) => sum + count, 0),
  }
}

export function isRed(report: ChaosReport): boolean {
  return Object.values(mustBeNought(report)).some((count) => count > 0)
}

export function table(report: ChaosReport): string {
  const { used, hits, faults, failed } = report
  const tries = used['on the wire'] + used['with a killed server'] + used['in a stopped server']
  const list = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ') || 'none'
  const lines: [string, string | number][] = [
    ['connections', report.connections],
    ['exchanges that the token server did', report.exchanges],
    ['renewals that were committed', report.renewals],
    ['answers lost on the wire', report.lostOnTheWire],
    [
      'used tokens presented, once after a lost answer',
      `${tries} (${list({ ...used, beyond: 0 }).replace(', beyond 0', '')})`,
    ],
    ...Object.entries(mustBeNought(report)).map(([what, count]): [string, string] => [
      `must be 0: ${what}`,
      count === 0 ? '0' : `${count}  <-- RED`,
    ]),
    ['grants that the token server has ended', report.dead],
    ['calls', report.calls],
    ['calls that failed, by code', list(failed)],
    ['longest that a call took', `${(report.longestMilliseconds / 1000).toFixed(1)} s`],
    ['blows', list(hits)],
    ['faults of the token server', list(faults)],
  ]
  const width = Math.max(...lines.map(([what]) => what.length)) + 2
  const head = `${report.database}, ${report.seconds.toFixed(0)} s`
  return [head, ...lines.map(([what, value]) => `  ${what.padEnd(width)}${value}`)].join('\n')
}
