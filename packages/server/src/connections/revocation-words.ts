import { type Method, missing, type Revoke, type Service, type Values } from '@cardea/catalog'
import type { RevocationRow } from '../store/schema.ts'
import { kindOf } from './prepared.ts'
import { isReason, reasons } from './reasons.ts'

/** How a definition says that a grant is ended. */
export type Way =
  | { is: 'call'; words: Revoke }
  /** Its server says where, when it is asked. */
  | { is: 'discovered' }
  /** Its own pages do it, in the definition's words. */
  | { is: 'by_hand'; how: string }
  | { is: 'not_offered' }

export function wayOf({ obtain }: Method, open: Values): Way {
  if (obtain.by === 'discovery') return { is: 'discovered' }
  const words = 'revoke' in obtain ? obtain.revoke : undefined
  if (words && 'none' in words) return { is: 'by_hand', how: words.none }
  // An address that a person may leave empty is no address.
  if (!words || obtain.by === 'oauth1' || missing(words.url, open).some((name) => name !== 'clientId')) {
    return { is: 'not_offered' }
  }
  return { is: 'call', words }
}

/** What stands in the way of an attempt, in a word of ours. Beside these, any reason of a connection. */
const OWN = {
  app_gone: 'The OAuth app that it was granted to is no longer registered here.',
  app_changed: 'The OAuth app that it was granted to is another one now, to which its tokens are never shown.',
  not_described: 'The definition of this service is gone.',
  nothing_to_show: 'What would have to be shown for it is not there any more.',
  not_taken: 'The service does not take such a token to be ended.',
  still_accepted: 'The service said that it knew no such token, and went on taking it.',
  interrupted: 'The last attempt was interrupted.',
} as const
export type Why = keyof typeof OWN

/** What becomes of a grant after its connection has ended here. */
export interface Revocation {
  state: 'none' | RevocationRow['state']
  sentence: string
  /** Where somebody ends it by hand. */
  where: string | null
}

export interface SeenRevocation extends Revocation {
  attempts: number
  confirmed: boolean
  finishedAt: number | null
}

type Named = { service: Pick<Service, 'name' | 'docs'>; method?: Method | undefined }

export function docsOf({ service, method }: Named): string {
  return method?.docs ?? service.docs
}

/** Before anybody was asked. */
export function foreseen(service: Service, method: Method, open: Values, shared: boolean): Revocation {
  const { name } = service
  const where = docsOf({ service, method })
  if (kindOf(method) !== 'granted') {
    const sentence = `What was entered stays valid at ${name} until somebody ends it there.`
    return { state: 'by_hand', sentence, where }
  }
  const way = wayOf(method, open)
  if (way.is === 'by_hand') return { state: 'by_hand', sentence: byHand(name, way.how), where }
  if (way.is === 'not_offered') return { state: 'not_offered', sentence: notOffered(name), where }
  if (way.is === 'call' && way.words.ends && shared) {
    return { state: 'kept_for_others', sentence: kept(name), where: null }
  }
  return {
    state: 'pending',
    sentence: `${name} is asked to end the access, again and again if it must be.`,
    where: null,
  }
}

export function seenRevocation(
  row: Pick<RevocationRow, 'state' | 'attempts' | 'confirmed' | 'last_failure' | 'finished_at'>,
  of: Named & { open: Values },
): SeenRevocation {
  const { state, attempts } = row
  const confirmed = row.confirmed === 1
  const isForPeople = state === 'by_hand' || state === 'not_offered' || state === 'failed'
  return {
    state,
    sentence: sentenceOf(row, of, confirmed),
    where: isForPeople ? docsOf(of) : null,
    attempts,
    confirmed,
    finishedAt: row.finished_at,
  }
}

function sentenceOf(
  { state, last_failure: failure }: Pick<RevocationRow, 'state' | 'last_failure'>,
  { service: { name }, method, open }: Named & { open: Values },
  confirmed: boolean,
): string {
  const why = whyOf(failure)
  switch (state) {
    case 'pending':
      return why
        ? `${name} has not ended the access yet, and is asked again. ${why}`
        : `${name} is asked to end the access.`
    case 'done':
      return confirmed
        ? `${name} has ended the access, and takes it no more.`
        : `${name} says that it has ended the access.`
    case 'gone':
      return `${name} did not know the access any more.`
    case 'kept_for_others':
      return kept(name)
    case 'not_offered':
      return notOffered(name)
    case 'failed':
      return `${name} could not be brought to end the access.${why ? ` ${why}` : ''} End it there by hand.`
    case 'by_hand': {
      const way = method && wayOf(method, open)
      if (way?.is === 'by_hand') return byHand(name, way.how)
      return `${why ? `${why} ` : ''}End the access by hand at ${name}.`
    }
  }
}

function whyOf(failure: string | null): string | undefined {
  if (failure === null) return undefined
  if (Object.hasOwn(OWN, failure)) return OWN[failure as Why]
  return isReason(failure) ? reasons[failure].sentence : undefined
}

function byHand(name: string, how: string): string {
  return `Only the pages of ${name} end this access. ${how}`
}

function notOffered(name: string): string {
  return `${name} offers no way to end this access from here. Its own pages may.`
}

function kept(name: string): string {
  return `Another connection lives by the same access at ${name}, which would end with it: it ends with the last of them.`
}
