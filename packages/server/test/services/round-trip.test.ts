import { readFileSync } from 'node:fs'
import { type Service, services } from '@cardea/catalog'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { isProblem } from '../../src/errors.ts'
import { readDefinition } from '../../src/services/read.ts'

describe.each(Object.entries(services) as [string, Service][])('%s', (id, service) => {
  it.each([
    ['YAML', 'yaml', stringify(service, { aliasDuplicateObjects: false })],
    ['JSON', 'json', JSON.stringify(service, null, '\t')],
    ['JSON on one line', 'json', JSON.stringify(service)],
  ] as const)('written as %s and read back is the same', (_, format, text) => {
    try {
      expect(readDefinition(id, text, format)).toEqual(service)
    } catch (error) {
      if (!isProblem(error, 'service.invalid')) throw error
      expect(error.values.issues).toEqual([])
    }
  })
})

it('is what the guide shows', () => {
  const guide = readFileSync(new URL('../../../../docs/guide/services.md', import.meta.url), 'utf8')
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(guide)!
  expect(readDefinition('acme_crm', text, 'yaml').name).toBe('Acme CRM')
  const [, categories = ''] = /Categories: (.*?)\.\n/s.exec(guide)!
  for (const { category } of Object.values(services) as Service[]) expect(categories.split(/,\s+/)).toContain(category)
})
