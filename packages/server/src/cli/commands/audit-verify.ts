import { loadConfig } from '../../config/config.ts'
import type { CommandContext } from '../command.ts'
import { openLocal } from '../local.ts'

export async function run({ values, output }: CommandContext): Promise<number> {
  const local = await openLocal(loadConfig().config)
  try {
    const report = await local.client.deployment.verifyAudit()
    if (values.json) output.json(report)
    else if (report.ok) output.say(`${report.records} records, ${report.writers} writers: all as they were written`)
    else {
      output.error('the audit log is not as it was written')
      for (const finding of report.findings) output.data(`${finding.kind}: ${finding.sentence}`)
    }
    return report.ok ? 0 : 1
  } finally {
    await local.close()
  }
}
