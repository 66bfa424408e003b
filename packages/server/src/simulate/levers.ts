/** What a test can make the service do, beside answering. All of it can be changed while the simulator stands. */
import type { PlainAnswer, PlainRequest } from './received.ts'

/** `error` is a 503 in JSON, `html` a page, `drop` does the work and loses the answer. */
export type Outage = 'error' | 'html' | 'asleep' | 'reset' | 'timeout' | 'drop'
export type AnswerClass = 'restricted' | 'rejected' | 'limited' | 'unavailable' | 'retired'
export type Endpoint =
  | 'metadata'
  | 'register'
  | 'authorize'
  | 'token'
  | 'refresh'
  | 'revoke'
  | 'exchange'
  | 'device'
  | 'login'
  | 'lookup'
  | 'api'

/** How a server announces itself; each is met in the wild. */
export type Announcement =
  | 'challenge'
  | 'well_known'
  | 'well_known_root'
  /** No word about the resource: the server is its own issuer. */
  | 'own_issuer'
  | 'openid_only'
  | 'wrong_resource'

export interface Levers {
  /** How many seconds the service's clock is ahead of the caller's. */
  skewSeconds: number
  /** What the person does on the consent page. */
  consent: 'agree' | 'refuse'
  /** Scopes the person leaves ticked; all that were asked for unless told. */
  ticked: readonly string[] | undefined
  /** Which of the base addresses knows this credential, when there are several. */
  base: number
  /** Which of the places in `answer.within` holds the token. */
  within: number
  namesLife: boolean | undefined
  lifeSeconds: number | undefined
  numbersAsText: boolean
  scopeAsList: boolean
  givesRefreshToken: boolean
  /** For `rotates: sometimes`: whether this refresh brings a new one. Alternates unless told. */
  rotates: boolean | undefined
  /** Failures of the token endpoint have status 200. */
  failsInside200: boolean
  /** What the callback or a lookup would tell is not told. */
  tells: boolean
  /** How many choices a lookup offers. */
  choices: number
  /** How a service that nobody described says where to sign in. */
  announces: Announcement
  /** Whether a registration may name scopes. */
  registersScope: boolean
  /** The first of the labels is empty. */
  namesPerson: boolean
  /** Answers some endpoint by hand: undefined lets it go on. */
  instead: ((endpoint: Endpoint, request: PlainRequest) => PlainAnswer | undefined) | undefined
}

export function freshLevers(): Levers {
  return {
    skewSeconds: 0,
    consent: 'agree',
    ticked: undefined,
    base: -1,
    within: 0,
    namesLife: undefined,
    lifeSeconds: undefined,
    numbersAsText: false,
    scopeAsList: false,
    givesRefreshToken: true,
    rotates: undefined,
    failsInside200: false,
    tells: true,
    choices: 1,
    announces: 'challenge',
    registersScope: true,
    namesPerson: true,
    instead: undefined,
  }
}
