import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { expect, it } from 'vitest'
import { AIM, loadCatalog } from '../../../scripts/bench/catalog.ts'

async function bundle(source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-bundle-'))
  const entry = join(folder, 'entry.js')
  writeFileSync(
    entry,
    source.replace('@cardea/catalog', () => new URL('../src', import.meta.url).pathname),
  )
  try {
    const result = await build({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'out' } },
    })
    const [{ output }] = [result].flat() as unknown as [{ output: { code: string }[] }]
    return output.map(({ code }) => code).join('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('lets one service be bundled without the others', async () => {
  const code = await bundle(`import { slack } from '@cardea/catalog/services.ts'\nconsole.log(slack)`)
  expect(code).toContain('slack.com/api')
  for (const other of ['api.github.com', 'datadoghq.com', 'atlassian.net', 'googleapis.com', 'zendesk.com']) {
    expect(code).not.toContain(other)
  }
  expect(code.length).toBeLessThan(20_000)
})

it('lets the rules be bundled without any service', async () => {
  const code = await bundle(`import { complaints } from '@cardea/catalog/rules.ts'\nconsole.log(complaints)`)
  expect(code).not.toContain('slack.com')
})

it('is loaded whole for little, by a process that has done so before', () => {
  const loads = loadCatalog(5)
  expect(loads[0]!.services).toBeGreaterThanOrEqual(138)
  // Said and not judged: how long it takes is the machine's affair as well.
  console.log(
    `the catalog in ${Math.min(...loads.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms (aim ${AIM.milliseconds})`,
  )
  expect(Math.max(...loads.map(({ megabytes }) => megabytes))).toBeLessThan(AIM.megabytes)
})
