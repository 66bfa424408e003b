import { describe, expect, it } from 'vitest'
import { runChaos } from '../../../../../scripts/chaos/chaos.ts'
import { short } from '../../../../../scripts/chaos/forms.ts'
import { isRed, table } from '../../../../../scripts/chaos/table.ts'
import { databaseName } from '../../database.ts'

// The short form of `npm run chaos:refresh`.
describe(`no token is lost, on ${databaseName}`, () => {
  it('by servers that are killed and stopped, with a token server that fails and loses answers', async () => {
    const report = await runChaos(short(databaseName === 'SQLite' ? 1 : 3))
    expect(isRed(report), table(report)).toBe(false)
    expect(report.exchanges, table(report)).toBeGreaterThan(report.connections)
    expect(Object.keys(report.hits).length, table(report)).toBeGreaterThan(0)
  }, 180_000)
})
