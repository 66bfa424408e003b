import { describe, expect, it } from 'vitest'
import { type Method, optionalNames, publicValues, type Service, services, takenFrom } from '../src/index.ts'

const zoho: Service = services.zoho
const zohoOauth = zoho.auth.oauth as Method
const snowflake: Service = services.snowflake
const keyPair = snowflake.auth.key_pair as Method

describe('public values', () => {
  it('fall back from what the service tells to what follows from a choice', () => {
    expect({ ...publicValues(zoho, zohoOauth, { dataCentre: 'eu' }).values }).toMatchObject({
      accounts: 'accounts.zoho.eu',
      api: 'www.zohoapis.eu',
      'dataCentre.api': 'www.zohoapis.eu',
    })
    const told = publicValues(zoho, zohoOauth, { dataCentre: 'us' }, { api: 'www.zohoapis.in' })
    expect(told.values.api).toBe('www.zohoapis.in')
  })

  it('are derived in other letters', () => {
    const { values, faults } = publicValues(snowflake, keyPair, { account: 'My_Org.us-east-1', user: 'ada' })
    expect(faults).toEqual([])
    expect(values).toMatchObject({ accountHost: 'my-org.us-east-1', accountClaim: 'MY_ORG', userClaim: 'ADA' })
  })

  it('name every fault at once', () => {
    const { faults } = publicValues(snowflake, keyPair, { account: 'a b', extra: 'x' })
    expect(faults.map(({ name }) => name)).toEqual(['extra', 'account', 'user'])
  })

  it('hold a learned value against its pattern', () => {
    expect(publicValues(zoho, zohoOauth, {}, { api: 'evil.com' }).faults).toHaveLength(1)
  })
})

it('a host is taken out of an address, and of nothing that is no https address', () => {
  const learn = { from: 'token', at: 'url', take: 'host' } as const
  expect(takenFrom(learn, { url: 'https://a.example.com/x?y=1' })).toBe('a.example.com')
  expect(takenFrom(learn, { url: 'a.example.com' })).toBe('a.example.com')
  expect(takenFrom(learn, { url: 'http://a.example.com' })).toBeUndefined()
  expect(takenFrom(learn, { url: 'https://good.com\\@evil.com/' })).toBe('good.com')
  expect(takenFrom(learn, { url: ['x'] })).toBeUndefined()
})

it('optional are fields, settings and learned values that say so, and what is derived from them', () => {
  expect([...optionalNames(services.aws, services.aws.auth.access_key as Method)]).toEqual(['session'])
})
