import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, it, onTestFinished } from 'vitest'
import { writeAtomically } from '../../src/store/atomic-file.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'cardea-test-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

it('writes a file for its owner alone, and leaves nothing beside it', async () => {
  const path = folder()
  await writeAtomically(join(path, 'file'), (out) => pipeline(Readable.from(['one ', 'two']), out))
  expect(readFileSync(join(path, 'file'), 'utf8')).toBe('one two')
  if (process.platform !== 'win32') expect(statSync(join(path, 'file')).mode & 0o777).toBe(0o600)
  expect(readdirSync(path)).toEqual(['file'])
})

it('leaves the file that was there when writing fails', async () => {
  const path = folder()
  writeFileSync(join(path, 'file'), 'before')
  const failing = writeAtomically(join(path, 'file'), async (out) => {
    out.write('half')
    throw new Error('the source broke')
  })
  await expect(failing).rejects.toThrow('the source broke')
  expect(readFileSync(join(path, 'file'), 'utf8')).toBe('before')
  expect(readdirSync(path)).toEqual(['file'])
})
