import { type Method, placeholders, type Revoke } from '@cardea/catalog'
import { Problem } from '../errors.ts'
import type { Secrets } from '../inject/values.ts'
import { type Revocation as Asked, classOf } from '../oauth/oauth.ts'

/** What the words of a definition ask of whoever wants a grant ended. */
export function namesOf(words: Revoke): Set<string> {
  const texts = [words.url, ...Object.values(words.params ?? {}), ...Object.values(words.headers ?? {})]
  const names = new Set(texts.flatMap(placeholders))
  if (words.params === undefined && !words.headers) names.add('liveToken')
  return names
}

export function lacks(names: ReadonlySet<string>, { accessToken, refreshToken }: Secrets): boolean {
  if (names.has('accessToken') && !accessToken) return true
  if (names.has('refreshToken') && !refreshToken) return true
  return names.has('liveToken') && !refreshToken && !accessToken
}

/** Whether the app itself has a part in it, beside having been granted something once. */
export function needsApp(words: Revoke, { obtain, app }: Method): boolean {
  const own = 'client' in obtain ? obtain.client : undefined
  const ways = [words.client ?? own ?? 'basic'].flat()
  const names = namesOf(words)
  const named = ['clientId', 'clientSecret', ...Object.keys(app?.fields ?? {})].some((name) => names.has(name))
  const isOwnHeader = words.headers?.authorization !== undefined && !ways.includes('body')
  return named || (!ways.includes('none') && !isOwnHeader)
}

/** The token itself is not taken any more: as the word for it says, or a 401 where only the token speaks. */
export function isRefused({ outcome, failure }: Asked, words: Revoke): boolean {
  if (outcome === 'gone') return true
  if (outcome !== 'failed') return false
  const onlyToken = words.client === 'none' && words.headers !== undefined
  const is401 = failure instanceof Problem && classOf(failure) === 'unknown' && failure.values.error === '401'
  return classOf(failure) === 'grant_dead' || (is401 && onlyToken)
}
