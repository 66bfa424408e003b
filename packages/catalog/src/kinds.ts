/** Short ways to write the common methods. Each gives back plain data: what it returns is what the YAML form says in full. */
import type { Only } from './define.ts'
import type {
  Assertion,
  AuthorizationCode,
  ClientCredentials,
  DeviceCode,
  Discovered,
  Fragment,
  Login,
  OAuth1,
  SamlAssertion,
  SignedJwt,
} from './obtain.ts'
import type { MailLogin, Send, SigV4 } from './send.ts'
import type { AuthType, Field, Fields, Method } from './types.ts'

type Words = Omit<Method, 'type' | 'obtain' | 'send'>
/** A method that obtains a token sends it as bearer unless it says otherwise. */
interface Obtaining<O> extends Words {
  readonly obtain: Omit<O, 'by'>
  readonly send?: Send
}
type Obtained<W, T extends AuthType, By extends string, S> = Omit<W, 'obtain' | 'send'> & {
  readonly type: T
  readonly obtain: (W extends { readonly obtain: infer O } ? O : unknown) & { readonly by: By }
  readonly send: W extends { readonly send: infer Own } ? Own : S
}
type Bearer<Name extends string> = { readonly headers: { readonly authorization: `Bearer {${Name}}` } }

const asBearer = { headers: { authorization: 'Bearer {accessToken}' } } as const

function obtaining<const W extends { obtain: object; send?: Send }, T extends AuthType, By extends string>(
  words: W,
  type: T,
  by: By,
) {
  return { type, ...words, obtain: { by, ...words.obtain }, send: words.send ?? asBearer } as unknown as Obtained<
    W,
    T,
    By,
    Bearer<'accessToken'>
  >
}

/** A person consents in the browser. PKCE is always sent unless `pkce: 'refused'`. */
export const oauth2 = <const W extends Obtaining<AuthorizationCode>>(words: Only<W, Obtaining<AuthorizationCode>>) =>
  obtaining(words as W, 'oauth2', 'code')

/** A person types a code on another device. */
export const device = <const W extends Obtaining<DeviceCode>>(words: Only<W, Obtaining<DeviceCode>>) =>
  obtaining(words as W, 'oauth2', 'device')

/** Endpoints are discovered from an address (MCP servers, OpenID issuers). */
export const discovered = <const W extends Obtaining<Discovered>>(words: Only<W, Obtaining<Discovered>>) =>
  obtaining(words as W, 'oauth2', 'discovery')

export const oauth1 = <const W extends Obtaining<OAuth1>>(words: Only<W, Obtaining<OAuth1>>) =>
  obtaining(words as W, 'oauth2', 'oauth1')

/** The token comes back behind the `#`. */
export const fragment = <const W extends Obtaining<Fragment>>(words: Only<W, Obtaining<Fragment>>) =>
  obtaining(words as W, 'oauth2', 'fragment')

/** Fields named `clientId` and `clientSecret` stand for the registered app. */
export const clientCredentials = <const W extends Obtaining<ClientCredentials>>(
  words: Only<W, Obtaining<ClientCredentials>>,
) => obtaining(words as W, 'serviceaccount', 'client_credentials')

/** A JWT signed with a stored key buys a token. */
export const jwtAssertion = <const W extends Obtaining<Assertion>>(words: Only<W, Obtaining<Assertion>>) =>
  obtaining(words as W, 'serviceaccount', 'assertion')

/** A JWT signed with a stored key is itself the credential. */
export const keyPairJwt = <const W extends Obtaining<SignedJwt>>(words: Only<W, Obtaining<SignedJwt>>) =>
  obtaining(words as W, 'serviceaccount', 'jwt')

export const samlAssertion = <const W extends Obtaining<SamlAssertion>>(words: Only<W, Obtaining<SamlAssertion>>) =>
  obtaining(words as W, 'oauth2', 'saml')

/** A call with the fields gives what is sent. */
export const twoStep = <const W extends Obtaining<Login>>(words: Only<W, Obtaining<Login>>) =>
  obtaining(words as W, 'serviceaccount', 'login')

// ── Sent as they are ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Sending extends Words {
  readonly type?: AuthType
  readonly fields?: Fields
  readonly send: Send
}
const nothing = { by: 'nothing' } as const
type AsIs<W, T extends AuthType = 'apikey'> = Omit<W, 'type'> & {
  readonly type: W extends { readonly type: infer Own extends AuthType } ? Own : T
  readonly obtain: { readonly by: 'nothing' }
}

/** One or several keys, placed as `send` says. */
export const keys = <const W extends Sending>(words: Only<W, Sending>) =>
  ({ type: 'apikey', obtain: nothing, ...(words as W) }) as unknown as AsIs<W>

/** Any fields in any place: the same as `keys`, for what nobody would call a key. */
export const custom = keys

interface OneKey extends Words {
  readonly key: Field
}
/** One key in one header: `apiKey('x-api-key', …)`; with a word of its own: `apiKey('authorization', …, 'SSWS {key}')`. */
export function apiKey<const H extends string, const W extends OneKey, const T extends string = '{key}'>(
  header: H,
  words: Only<W, OneKey>,
  template?: T,
) {
  const { key, ...rest } = words as W
  const send = { headers: { [header]: template ?? '{key}' } }
  return { type: 'apikey', obtain: nothing, ...rest, fields: { key }, send } as unknown as AsIs<
    Omit<W, 'key'> & {
      readonly fields: { readonly key: W['key'] }
      readonly send: { readonly headers: { readonly [K in H]: T } }
    }
  >
}

interface OneToken extends Words {
  readonly token: Field
}
export function bearer<const W extends OneToken>(words: Only<W, OneToken>) {
  const { token, ...rest } = words as W
  const send = { headers: { authorization: 'Bearer {token}' } }
  return { type: 'apikey', obtain: nothing, ...rest, fields: { token }, send } as unknown as AsIs<
    Omit<W, 'token'> & { readonly fields: { readonly token: W['token'] }; readonly send: Bearer<'token'> }
  >
}

interface UserAndPassword extends Words {
  readonly user: string
  readonly password: string
  readonly type?: AuthType
}
/** Templates for both halves: `basic({ user: '{email}/token', password: '{token}', … })`. */
export function basic<const W extends UserAndPassword>(words: Only<W, UserAndPassword>) {
  const { user, password, ...rest } = words as W
  return { type: 'apikey', obtain: nothing, ...rest, send: { basic: { user, password } } } as unknown as AsIs<
    Omit<W, 'user' | 'password'> & {
      readonly send: { readonly basic: { readonly user: W['user']; readonly password: W['password'] } }
    }
  >
}

interface Signing extends Words {
  readonly sign: Omit<SigV4, 'with'>
}
export function sigv4<const W extends Signing>(words: Only<W, Signing>) {
  const { sign, ...rest } = words as W
  return {
    type: 'serviceaccount',
    obtain: nothing,
    ...rest,
    send: { sign: { with: 'sigv4', ...sign } },
  } as unknown as AsIs<
    Omit<W, 'sign'> & { readonly send: { readonly sign: W['sign'] & { readonly with: 'sigv4' } } },
    'serviceaccount'
  >
}

interface Mailing extends Words {
  readonly mail: MailLogin
}
export function smtpImap<const W extends Mailing>(words: Only<W, Mailing>) {
  const { mail, ...rest } = words as W
  return { type: 'serviceaccount', obtain: nothing, ...rest, send: { mail } } as unknown as AsIs<
    Omit<W, 'mail'> & { readonly send: { readonly mail: W['mail'] } },
    'serviceaccount'
  >
}

interface OneAddress extends Words {
  readonly url: Field & { readonly pattern: string }
}
/** The address is the secret. Its pattern names the hosts, so that nothing else can be pasted. */
export function webhook<const W extends OneAddress>(words: Only<W, OneAddress>) {
  const { url, ...rest } = words as W
  return { type: 'apikey', obtain: nothing, ...rest, fields: { url }, send: { url: '{url}' } } as unknown as AsIs<
    Omit<W, 'url'> & { readonly fields: { readonly url: W['url'] }; readonly send: { readonly url: '{url}' } }
  >
}

/** Nothing is asked and nothing is sent. */
export const none = <const W extends Words>(words: Only<W, Words>) =>
  ({ type: 'apikey', obtain: nothing, send: {}, ...(words as W) }) as unknown as AsIs<
    W & { readonly send: Record<never, never> }
  >
