import { describe, expect, it } from 'vitest'
import { describeApi } from '../../src/http/openapi.ts'
import { routes } from '../../src/http/routes.ts'

describe('the description of the API', () => {
  it('requires of a body what the server requires, and no more', async () => {
    const document = await describeApi(routes, { version: '1', publicUrl: 'http://localhost' })
    const { schemas } = (document as unknown as { components: { schemas: Record<string, { required?: string[] }> } })
      .components
    expect(schemas.CreateApiKey?.required).toEqual(['name', 'role'])
    for (const { method, path, handler } of routes) {
      if (!handler.body || handler.oauth) continue
      const operation = document.paths[path]![method.toLowerCase()]!
      // JSON, or the form of a page.
      const [body] = Object.values(operation.requestBody!.content)
      let schema = body!.schema as { $ref?: string; required?: string[] }
      if (schema?.$ref) schema = schemas[schema.$ref.split('/').at(-1)!]!
      const { issues } = handler.body.safeParse({}).error ?? { issues: [] }
      const missing = issues.filter(({ path: at }) => at.length === 1).map(({ path: [field] }) => field)
      if ('anyOf' in schema || 'oneOf' in schema) continue
      expect(schema.required ?? [], `${method} ${path}`).toEqual(expect.arrayContaining([...new Set(missing)]))
      expect([...new Set(missing)], `${method} ${path}`).toEqual(expect.arrayContaining(schema.required ?? []))
    }
  })
})
