import { describe, expect, it } from 'vitest'
import { fill, fillAddress, fillEntries, fillHeader, fillPath, missing, placeholders } from '../src/fill.ts'

describe('filling', () => {
  it('replaces each name once and looks for none in what it put in', () => {
    expect(fill('{a}-{b}-{a}', { a: '{b}', b: '$&' })).toBe('{b}-$&-{b}')
  })
  it('knows what follows from a choice', () => {
    expect(placeholders('https://{region.api}/{id}')).toEqual(['region.api', 'id'])
    expect(fillAddress('https://{region.api}/v1', { 'region.api': 'api.eu.example.com' })).toBe(
      'https://api.eu.example.com/v1',
    )
  })
  it('says which names are missing, and takes nothing from the prototype', () => {
    expect(missing('{a}{constructor}{toString}', { a: '1' })).toEqual(['constructor', 'toString'])
    expect(missing('{a}', { a: '' })).toEqual(['a'])
    expect(() => fill('{a} {b}', { a: 'secret' })).toThrow(/^no value for \{b\}$/)
  })
  it.each(['{', '}', '{}', '{ a }', '{a', '{{a}}', '{a.b.c}', '{__proto__}'])('refuses %s', (template) => {
    expect(() => fill(template, { a: '1' })).toThrow()
  })
})

describe('an address', () => {
  it('takes labels into its host and encodes the rest', () => {
    expect(fillAddress('https://{s}.example.com/a/{p}?q={p}', { s: 'Acme', p: 'a/b?c' })).toBe(
      'https://acme.example.com/a/a%2Fb%3Fc?q=a%2Fb%3Fc',
    )
  })
  it.each(['evil.com/', 'a@b', 'a:1', 'a#', 'a b', '-a', 'a..b', 'ａ'])('lets no %s into its host', (s) => {
    expect(() => fillAddress('https://{s}.example.com/', { s })).toThrow(/host/)
  })
  it('may be a whole host with its port, or a whole address', () => {
    expect(fillAddress('https://{h}/x', { h: 'git.example.com:8443' })).toBe('https://git.example.com:8443/x')
    expect(fillAddress('{u}/x', { u: 'https://ci.example.com/jenkins/' })).toBe('https://ci.example.com/jenkins/x')
  })
  it.each([
    'file:///etc/passwd',
    'https://u:p@example.com',
    'https://example.com?x',
    'https://example.com#x',
    'javascript:alert(1)',
  ])('never begins with %s', (u) => {
    expect(() => fillAddress('{u}/x', { u })).toThrow(/plain http address/)
  })
})

it('does not climb out of a path', () => {
  expect(() => fillPath('/a/{p}/b', { p: '..' })).toThrow(/climb/)
  expect(fillPath('/a/{p}', { p: '../b' })).toBe('/a/..%2Fb')
})
it('takes a whole path only where a template begins', () => {
  expect(fillPath('{p}', { p: '/me?x=1' })).toBe('/me?x=1')
  expect(fillPath('/a{p}', { p: '/me' })).toBe('/a%2Fme')
  expect(() => fillPath('{p}', { p: '//evil.com' })).toThrow(/not a path/)
  expect(() => fillPath('{p}', { p: '/../me' })).toThrow(/climb/)
})
it('starts no second header', () => {
  expect(() => fillHeader('Bearer {t}', { t: 'a\r\nx: y' })).toThrow(/\{t\}/)
})
it('leaves an entry out whole when its optional value is empty', () => {
  const entries = { 'x-key': '{k}', 'x-team': 'team {t}' }
  expect(fillEntries(entries, { k: '1' }, new Set(['t']))).toEqual({ 'x-key': '1' })
  expect(() => fillEntries(entries, { t: '1' }, new Set(['t']))).toThrow(/\{k\}/)
})
