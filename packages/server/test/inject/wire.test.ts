import { type Service, services } from '@cardea/catalog'
import { describe, expect, it } from 'vitest'
import { requestsOf, target } from './requests.ts'
import { sampleOf } from './sample.ts'
import { wireText } from './wire-text.ts'

const { permits } = target

describe.each(Object.entries<Service>(services))('%s', (id, service) => {
  it('sends these requests and no others', async () => {
    const text = Object.entries(service.auth).flatMap(([name, method]) =>
      requestsOf(service, method, sampleOf(service, method)).map(
        ([purpose, request]) => `### ${name}: ${purpose}\n\n${wireText(request)}`,
      ),
    )
    await expect(`${text.join('\n')}`).toMatchFileSnapshot(`./wire/${id}.txt`)
  })

  it('lets no secret become part of a host, and no call of the interface leave the hosts it lists', () => {
    for (const method of Object.values(service.auth)) {
      const sample = sampleOf(service, method)
      for (const [purpose, { url, headers }] of requestsOf(service, method, sample)) {
        expect(new URL(url).host).not.toContain('secret')
        expect(new URL(url).username + new URL(url).password).toBe('')
        for (const [name, value] of Object.entries(headers)) {
          expect(name).toMatch(/^[a-z0-9-]+$/)
          expect(value).toMatch(/^[\t\x20-\x7e]*$/)
        }
        if (!/^(call|check|identity)/.test(purpose)) continue
        expect(permits({ service, method, values: sample.open }, url, 'own'), `${purpose}: ${url}`).toBe(true)
      }
    }
  })
})
