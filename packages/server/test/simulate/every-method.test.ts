/** Every method of every service, run against the service that its own definition makes. */
import { type Service, services } from '@cardea/catalog'
import { complaints } from '@cardea/catalog/rules'
import { describe, expect, it } from 'vitest'
import { checkMethod, type MethodConformance } from '../../src/conformance/conformance.ts'

const all = Object.entries<Service>(services)
const methods = all.flatMap(([id, service]) =>
  Object.entries(service.auth).map(([name, method]) => ({
    name: `${id}.${name}`,
    id,
    service,
    method: name,
    words: method,
  })),
)

const wrong = ({ steps }: MethodConformance) =>
  steps.filter(({ is }) => is === 'failed').map(({ name, where, says }) => `${name} (${where}): ${says}`)
const tried = ({ steps }: MethodConformance) => steps.filter(({ is }) => is === 'passed').map(({ name }) => name)

describe.each(methods)('$name', ({ id, service, method, words }) => {
  const { obtain, send } = words
  const check = words.check ?? service.check

  it('connects, is checked, used, renewed and ended, and is refused whenever it should be', async () => {
    const result = await checkMethod(id, service, method)
    expect(wrong(result)).toEqual([])
    if (send.mail) {
      expect(result.steps).toEqual([expect.objectContaining({ name: 'connect', is: 'skipped' })])
      return
    }
    const isCall = 'get' in check || 'post' in check
    expect(tried(result)).toEqual(expect.arrayContaining(['connect', ...(isCall ? ['check'] : []), 'identity']))
    if (obtain.by === 'nothing' && Object.keys(words.fields ?? {}).length > 0)
      expect(tried(result)).toContain('wrong key')
    if ('refresh' in obtain && obtain.refresh) expect(tried(result)).toContain('refresh')
    if (['client_credentials', 'assertion', 'jwt', 'login'].includes(obtain.by))
      expect(tried(result)).toContain('obtain again')
    if ('revoke' in obtain && obtain.revoke && 'url' in obtain.revoke && !/^\{[^}]*\}$/.test(obtain.revoke.url))
      expect(tried(result)).toContain('revoke')
    if (isCall) expect(tried(result).some((name) => name.startsWith('down: '))).toBe(true)
  })

  it('also does when everything that may be left empty is filled in', async () => {
    expect(wrong(await checkMethod(id, service, method, { optional: true }))).toEqual([])
  })

  it.each([
    [
      'says numbers as text, scopes as a list, and no name of the person',
      { numbersAsText: true, scopeAsList: true, namesPerson: false },
    ],
    [
      'fails inside of a 200, offers several choices and never says how long a token lives',
      { failsInside200: true, choices: 3, namesLife: false },
    ],
    ['rotates whenever it may', { rotates: true, within: 1 }],
    ['gives no refresh token', { givesRefreshToken: false }],
  ])('also does when the service %s', async (_, levers) => {
    expect(wrong(await checkMethod(id, service, method, { levers }))).toEqual([])
  })
})

it('takes the complaints of the rules along', () => {
  expect(
    all.flatMap(([id, service]) => complaints(id, service).map(({ where, says }) => `${id} ${where}: ${says}`)),
  ).toEqual([])
})
