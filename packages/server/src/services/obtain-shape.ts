/** The part of the shape that says how a credential is obtained and where it goes. */
import type {
  AnswerMember,
  Assertion,
  AuthorizationCode,
  Callback,
  ClientAuth,
  ClientCredentials,
  DeviceCode,
  Discovered,
  Fragment,
  Jwt,
  Login,
  MailLogin,
  MailServer,
  NothingToObtain,
  OAuth1,
  OAuth1Signature,
  Obtain,
  Refresh,
  Revoke,
  SamlAssertion,
  Send,
  Sign,
  SignedJwt,
  SigV4,
  StandardParameter,
  TokenAnswer,
  TokenCall,
  TokenEndpoint,
} from '@cardea/catalog'
import { condition, scalar, templates } from './answers-shape.ts'
import {
  either,
  exactly,
  has,
  isBlock,
  isList,
  isText,
  list,
  type OptionalWords,
  object,
  record,
  type Shape,
  tagged,
  text,
  wholeNumber,
  word,
  yes,
} from './shape.ts'

const clientAuth = word<ClientAuth>({ basic: true, secret_as_user: true, body: true, private_key: true, none: true })
const getOrPost = word<'GET' | 'POST'>({ GET: true, POST: true })
const basic = object<NonNullable<Send['basic']>>({ user: text, password: text }, {})

const sign: Shape<Sign> = tagged<Sign, 'with'>('with', {
  sigv4: object<SigV4>(
    { with: exactly('sigv4'), keyId: text, secret: text, service: text, region: text },
    { session: text, encodeOnce: list(text) },
  ),
  oauth1: object<OAuth1Signature>(
    {
      with: exactly('oauth1'),
      method: word<OAuth1Signature['method']>({ 'HMAC-SHA1': true, 'HMAC-SHA256': true }),
      token: text,
      tokenSecret: text,
    },
    {},
  ),
})
const mailServer = object<MailServer>({ host: text, port: text, security: text }, {})

export const send = object<Send>(
  {},
  {
    headers: templates,
    query: templates,
    cookies: templates,
    path: text,
    body: templates,
    basic,
    url: text,
    sign,
    mail: object<MailLogin>(
      { smtp: mailServer, user: text },
      { imap: mailServer, password: text, token: text, sender: text },
    ),
  },
)

const answerWords: OptionalWords<NonNullable<Login['answer']>> = {
  at: object<NonNullable<TokenAnswer['at']>>({}, {
    accessToken: text,
    refreshToken: text,
    idToken: text,
    expiresIn: text,
    expiresAt: text,
    refreshExpiresIn: text,
    refreshExpiresAt: text,
    scope: text,
  } satisfies Record<AnswerMember, Shape<string>>),
  failure: condition,
  lifetime: either(word<'never' | 'unknown'>({ never: true, unknown: true }), wholeNumber, isText),
  zero: exactly('never'),
  separator: word<NonNullable<TokenAnswer['separator']>>({ ' ': true, ',': true }),
}
const answer = object<TokenAnswer>({}, { ...answerWords, within: list(text) })

const refresh = object<Refresh>(
  {},
  {
    url: text,
    method: getOrPost,
    params: templates,
    client: clientAuth,
    headers: templates,
    presents: exactly('access_token'),
    withRedirectUri: yes,
    withScope: yes,
    rotates: word<NonNullable<Refresh['rotates']>>({ always: true, sometimes: true, never: true }),
    graceSeconds: wholeNumber,
    reuse: exactly('revokes_all'),
    lapses: object<NonNullable<Refresh['lapses']>>({}, { idleSeconds: wholeNumber, afterSeconds: wholeNumber }),
    notBeforeSeconds: wholeNumber,
  },
)
const revoke = object<Revoke>(
  { url: text },
  {
    method: word<NonNullable<Revoke['method']>>({ POST: true, DELETE: true, GET: true }),
    body: word<NonNullable<Revoke['body']>>({ form: true, json: true, query: true, empty: true }),
    params: templates,
    client: clientAuth,
    headers: templates,
    ends: word<NonNullable<Revoke['ends']>>({ grant: true, installation: true }),
    ok: object<NonNullable<Revoke['ok']>>({ path: text, is: scalar }, {}),
  },
)

const parameter: Shape<string | null> = either(exactly(null), text, (value) => value === null)
const endpoint: OptionalWords<TokenEndpoint> = {
  client: either(list(clientAuth), clientAuth, isList),
  body: word<NonNullable<TokenEndpoint['body']>>({ form: true, json: true, query: true }),
  headers: templates,
  names: object<NonNullable<TokenEndpoint['names']>>({}, {
    clientId: parameter,
    clientSecret: parameter,
    redirectUri: parameter,
    scope: parameter,
    state: parameter,
    code: parameter,
    grantType: parameter,
    responseType: parameter,
  } satisfies Record<StandardParameter, Shape<string | null>>),
  grant: text,
  extra: object<NonNullable<TokenEndpoint['extra']>>(
    {},
    { authorize: templates, token: templates, refresh: templates },
  ),
  answer,
  refresh: either(refresh, exactly(false), isBlock),
  revoke: either(object<{ readonly none: string }>({ none: text }, {}), revoke, has('none')),
  resources: record(text),
}

const jwt = object<Jwt>(
  {
    alg: word<Jwt['alg']>({ RS256: true, ES256: true, HS256: true }),
    key: object<Jwt['key']>({ field: text }, { member: text, passphrase: text }),
    claims: templates,
    lifeSeconds: wholeNumber,
  },
  { header: templates, backdateSeconds: wholeNumber, jti: yes },
)

export const obtain: Shape<Obtain> = tagged<Obtain, 'by'>('by', {
  nothing: object<NothingToObtain>({ by: exactly('nothing') }, {}),
  code: object<AuthorizationCode>(
    { by: exactly('code'), authorize: text, token: text },
    {
      ...endpoint,
      pkce: word<NonNullable<AuthorizationCode['pkce']>>({ required: true, refused: true }),
      callback: object<Callback>(
        {},
        {
          trim: text,
          signed: object<NonNullable<Callback['signed']>>({ by: exactly('sorted_query_hmac_sha256'), at: text }, {}),
          state: exactly('in_redirect'),
          scope: text,
        },
      ),
      exchange: object<TokenCall>({ url: text, params: templates }, { method: getOrPost }),
    },
  ),
  client_credentials: object<ClientCredentials>({ by: exactly('client_credentials'), token: text }, endpoint),
  device: object<DeviceCode>({ by: exactly('device'), device: text, token: text }, endpoint),
  assertion: object<Assertion>(
    {
      by: exactly('assertion'),
      as: word<Assertion['as']>({ grant: true, client: true, bearer: true }),
      token: text,
      jwt,
    },
    endpoint,
  ),
  jwt: object<SignedJwt>({ by: exactly('jwt'), jwt }, {}),
  login: object<Login>(
    { by: exactly('login'), url: text, gives: templates },
    {
      method: getOrPost,
      headers: templates,
      json: templates,
      form: templates,
      basic,
      sign,
      answer: object<NonNullable<Login['answer']>>({}, answerWords),
    },
  ),
  saml: object<SamlAssertion>({ by: exactly('saml'), token: text, assertion: text }, endpoint),
  discovery: object<Discovered>(
    {
      by: exactly('discovery'),
      register: list(word<Discovered['register'][number]>({ document: true, dynamic: true, app: true })),
    },
    { resource: text, issuer: text, answer },
  ),
  fragment: object<Fragment>(
    { by: exactly('fragment'), authorize: text, params: templates, returnsTo: text, at: text },
    {},
  ),
  oauth1: object<OAuth1>({ by: exactly('oauth1'), request: text, authorize: text, token: text }, { params: templates }),
})
