import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { Problem } from '../../src/errors.ts'
import { createDispatch } from '../../src/net/dispatch.ts'
import { createGuard } from '../../src/net/guard.ts'
import { call, type ProxyWorld, proxyWorld, raw } from './world.ts'

/** Everything that somebody may try who holds a broker token, or none, and wants the credential to go elsewhere. Each with its reason. */
let here: ProxyWorld
let id: string
let token: string

beforeAll(async () => {
  here = await proxyWorld()
  id = await here.connect({ path: '/base' })
  token = here.token(id)
})
afterAll(() => here?.close())

const refusedAt = 'cardea-error'

/** The path below the connection, and why it is refused. */
const paths: [what: string, path: string, code: string, why?: RegExp][] = [
  ['a dot segment', '/../admin', 'service.path_refused', /dot segment/],
  ['a dot segment at the end', '/a/..', 'service.path_refused', /dot segment/],
  ['a single dot', '/a/./b', 'service.path_refused', /dot segment/],
  ['an encoded dot segment', '/%2e%2e/admin', 'service.path_refused', /dot segment/],
  ['a half encoded dot segment', '/.%2e/admin', 'service.path_refused', /dot segment/],
  ['upper case escapes of dots', '/%2E%2E/admin', 'service.path_refused', /dot segment/],
  ['a dot segment behind an encoded slash', '/a%2f..%2fadmin', 'service.path_refused', /dot segment/],
  ['dots encoded twice', '/%252e%252e/admin', 'service.path_refused', /dot segment/],
  ['dots encoded three times', '/%25252e%25252e/admin', 'service.path_refused', /dot segment/],
  ['a slash encoded twice before dots', '/a%252f..%252f', 'service.path_refused', /dot segment/],
  ['a dot segment with parameters', '/..;x=1/admin', 'service.path_refused', /dot segment/],
  ['a dot segment with encoded parameters', '/..%3bx/admin', 'service.path_refused', /dot segment/],
  ['a dot segment before a hidden query', '/..%3f/admin', 'service.path_refused', /dot segment/],
  ['dots with a blank', '/%20../admin', 'service.path_refused', /dot segment/],
  ['a backslash', '/a\\..\\admin', 'service.path_refused', /backslash/],
  ['an encoded backslash', '/a%5c..%5cadmin', 'service.path_refused', /backslash/],
  ['a backslash encoded twice', '/a%255c', 'service.path_refused', /backslash/],
  ['a NUL', '/a%00.json', 'service.path_refused', /control/],
  ['a NUL encoded twice', '/a%2500', 'service.path_refused', /control/],
  ['an encoded line break', '/a%0d%0aHost:%20evil.example', 'service.path_refused', /control/],
  ['a line break encoded twice', '/a%250d%250a', 'service.path_refused', /control/],
  ['a tab', '/a%09b', 'service.path_refused', /control/],
  ['a delete character', '/a%7f', 'service.path_refused', /control/],
  ['a second host', '//evil.example/', 'service.path_refused', /like a host/],
  ['a second host behind a backslash', '/\\evil.example/', 'service.path_refused', /like a host/],
  ['an encoded second host', '/%2fevil.example/', 'service.path_refused', /like a host/],
  ['a second host encoded twice', '/%252fevil.example/', 'service.path_refused', /like a host/],
  ['a malformed escape', '/a%zz', 'service.path_refused', /malformed/],
  ['an escape cut off', '/a%2', 'service.path_refused', /malformed/],
  ['overlong UTF-8 dots', '/%c0%ae%c0%ae/admin', 'service.path_refused', /malformed/],
  ['overlong UTF-8 slash', '/a%c0%afb', 'service.path_refused', /malformed/],
  ['encoded beyond sense', `/a%${'25'.repeat(9)}2e`, 'service.path_refused', /too often/],
  ['a fragment', '/a#b', 'proxy.address_refused', /fragment/],
  ['a fragment that hides a host', '#@evil.example/', 'proxy.address_refused', /fragment/],
  ['a fragment in the query', '/a?b#c', 'proxy.address_refused', /fragment/],
  ['a user in front', '@evil.example/', 'proxy.address_refused', /no connection/],
  ['a port in front', ':80/', 'proxy.address_refused', /no connection/],
  ['a suffix to the connection', '.evil.example/', 'proxy.address_refused', /no connection/],
  ['a semicolon behind the connection', ';x/', 'proxy.address_refused', /no connection/],
  ['an encoded slash behind the connection', '%2f..%2f', 'proxy.address_refused', /no connection/],
  ['a path too long', `/${'a'.repeat(16_500)}`, '431'],
]

/** Whole addresses. */
const targets: [what: string, target: string, status: number, code: string | undefined][] = [
  ['an absolute address', 'http://evil.example/', 400, undefined],
  ['an absolute address of our own', 'http://127.0.0.1/proxy/ID/', 400, undefined],
  ['an absolute address over TLS', 'https://169.254.169.254/latest/meta-data/', 400, undefined],
  ['an authority', 'evil.example:443', 400, undefined],
  ['a star', '*', 400, undefined],
  ['two slashes at the beginning', '//proxy/ID/', 404, undefined],
  ['no connection', '/proxy', 400, 'proxy.address_refused'],
  ['an empty connection', '/proxy//', 400, 'proxy.address_refused'],
  ['a query instead of a connection', '/proxy?x=/ID/', 400, 'proxy.address_refused'],
  ['a connection that is a path', '/proxy/../ID/', 400, 'proxy.address_refused'],
  ['a connection in capitals', '/proxy/CONN_4T7K4T7K4T7K4T7K4T7K4T7K4T/', 400, 'proxy.address_refused'],
  ['a name that objects inherit', '/proxy/__proto__/', 400, 'proxy.address_refused'],
  ['a host instead of a connection', '/proxy/evil.example/', 400, 'proxy.address_refused'],
]

/** Heads as they come on the wire, without their last empty line; ID and TOKEN are filled in. */
const heads: [what: string, head: string[], status: number, code: string | undefined][] = [
  [
    'a length beside chunks',
    ['POST /proxy/ID/ HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked'],
    400,
    undefined,
  ],
  [
    'chunks beside a length',
    ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding: chunked', 'Content-Length: 4'],
    400,
    undefined,
  ],
  ['two lengths', ['POST /proxy/ID/ HTTP/1.1', 'Content-Length: 4', 'Content-Length: 5'], 400, undefined],
  ['two lengths that agree', ['POST /proxy/ID/ HTTP/1.1', 'Content-Length: 4', 'Content-Length: 4'], 400, undefined],
  ['two lengths in one line', ['POST /proxy/ID/ HTTP/1.1', 'Content-Length: 4, 5'], 400, undefined],
  ['a length with a sign', ['POST /proxy/ID/ HTTP/1.1', 'Content-Length: +4'], 400, undefined],
  ['a negative length', ['POST /proxy/ID/ HTTP/1.1', 'Content-Length: -1'], 400, undefined],
  ['a length in hexadecimal', ['POST /proxy/ID/ HTTP/1.1', 'Content-Length: 0x4'], 400, undefined],
  ['a blank before the colon', ['POST /proxy/ID/ HTTP/1.1', 'Content-Length : 4'], 400, undefined],
  ['a blank before the colon of a coding', ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding : chunked'], 400, undefined],
  ['a coding behind chunks', ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding: chunked, identity'], 400, undefined],
  [
    'a coding before chunks',
    ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding: gzip, chunked'],
    400,
    'proxy.framing_refused',
  ],
  ['a coding that is none', ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding: xchunked'], 400, undefined],
  [
    'two codings',
    ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    400,
    undefined,
  ],
  ['a folded coding', ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding:', ' chunked'], 400, undefined],
  ['a vertical tab before the coding', ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding: \x0bchunked'], 400, undefined],
  ['chunks in HTTP/1.0', ['POST /proxy/ID/ HTTP/1.0', 'Transfer-Encoding: chunked'], 400, 'proxy.framing_refused'],
  ['two hosts', ['GET /proxy/ID/ HTTP/1.1', 'Host: other.example'], 400, 'proxy.header_repeated'],
  ['two authorizations', ['GET /proxy/ID/ HTTP/1.1', 'Authorization: Bearer TOKEN'], 400, 'proxy.header_repeated'],
  [
    'two content types',
    ['POST /proxy/ID/ HTTP/1.1', 'Content-Type: text/plain', 'Content-Type: application/json'],
    400,
    'proxy.header_repeated',
  ],
  [
    'a change to h2c',
    [
      'GET /proxy/ID/ HTTP/1.1',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ],
    400,
    'proxy.upgrade_refused',
  ],
  [
    'a change to h2c without its settings',
    ['GET /proxy/ID/ HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'],
    400,
    'proxy.upgrade_refused',
  ],
  [
    'a change to TLS',
    ['GET /proxy/ID/ HTTP/1.1', 'Connection: Upgrade', 'Upgrade: TLS/1.0'],
    400,
    'proxy.upgrade_refused',
  ],
  [
    'a change to two protocols',
    ['GET /proxy/ID/ HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket, h2c'],
    400,
    'proxy.upgrade_refused',
  ],
  [
    'a WebSocket with a body',
    ['GET /proxy/ID/ HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 5'],
    400,
    'proxy.upgrade_refused',
  ],
  [
    'a WebSocket by POST',
    ['POST /proxy/ID/ HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'],
    400,
    'proxy.upgrade_refused',
  ],
  [
    'an upgrade that nobody asked this hop for',
    ['GET /proxy/ID/ HTTP/1.1', 'Upgrade: h2c'],
    400,
    'proxy.upgrade_refused',
  ],
  [
    'settings of HTTP/2 alone',
    ['GET /proxy/ID/ HTTP/1.1', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
    400,
    'proxy.upgrade_refused',
  ],
  ['the preface of HTTP/2', ['PRI * HTTP/2.0'], 400, undefined],
  ['a trace', ['TRACE /proxy/ID/ HTTP/1.1'], 501, 'proxy.method_refused'],
  [
    'a trailer',
    ['POST /proxy/ID/ HTTP/1.1', 'Transfer-Encoding: chunked', 'Trailer: authorization'],
    400,
    'proxy.trailers_refused',
  ],
  ['codings of the transfer', ['GET /proxy/ID/ HTTP/1.1', 'TE: gzip;q=1'], 400, 'proxy.trailers_refused'],
  [
    'authorization as a matter of this hop',
    ['GET /proxy/ID/ HTTP/1.1', 'Connection: close, authorization'],
    400,
    'service.header_refused',
  ],
  [
    'the length as a matter of this hop',
    ['GET /proxy/ID/ HTTP/1.1', 'Connection: content-length'],
    400,
    'service.header_refused',
  ],
  ['a NUL in a header', ['GET /proxy/ID/ HTTP/1.1', 'X-A: a\0b'], 400, undefined],
  ['a bare line feed in a header', ['GET /proxy/ID/ HTTP/1.1', 'X-A: a\nX-B: b'], 400, undefined],
  ['a bare carriage return in a header', ['GET /proxy/ID/ HTTP/1.1', 'X-A: a\rX-B: b'], 400, undefined],
  ['a name with a bracket', ['GET /proxy/ID/ HTTP/1.1', 'X(A): b'], 400, undefined],
  ['no name', ['GET /proxy/ID/ HTTP/1.1', ': b'], 400, undefined],
  ['a page of a browser', ['GET /proxy/ID/ HTTP/1.1', 'Sec-Fetch-Mode: navigate'], 403, 'proxy.browser_refused'],
  ['another host', ['GET /proxy/ID/ HTTP/1.1', 'Cardea-Host: evil.example'], 403, 'service.host_not_allowed'],
  [
    'the metadata of the machine',
    ['GET /proxy/ID/ HTTP/1.1', 'Cardea-Host: 169.254.169.254'],
    403,
    'service.host_not_allowed',
  ],
  [
    'another port of the same host',
    ['GET /proxy/ID/ HTTP/1.1', 'Cardea-Host: 127.0.0.1:1'],
    403,
    'service.host_not_allowed',
  ],
  [
    'a user before the host',
    ['GET /proxy/ID/ HTTP/1.1', 'Cardea-Host: 127.0.0.1@evil.example'],
    403,
    'service.host_not_allowed',
  ],
  [
    'a path behind the host',
    ['GET /proxy/ID/ HTTP/1.1', 'Cardea-Host: evil.example/x'],
    403,
    'service.host_not_allowed',
  ],
  [
    'two other hosts',
    ['GET /proxy/ID/ HTTP/1.1', 'Cardea-Host: a.example', 'Cardea-Host: b.example'],
    400,
    'proxy.header_repeated',
  ],
  ['a second token in a header', ['GET /proxy/ID/ HTTP/1.1', 'X-Api-Key: TOKEN'], 400, 'proxy.token_misplaced'],
  ['a second token in the query', ['GET /proxy/ID/?key=TOKEN HTTP/1.1'], 400, 'proxy.token_misplaced'],
  ['a token in a sentence', ['GET /proxy/ID/ HTTP/1.1', 'X-Note: this is TOKEN indeed'], 400, 'proxy.token_misplaced'],
  [
    'an API key of Cardea',
    ['GET /proxy/ID/ HTTP/1.1', `X-Api-Key: cardea_key_${'a'.repeat(43)}`],
    400,
    'proxy.token_misplaced',
  ],
]

/** Where a connection would be made to, if the definition or a look-up said so. */
const origins: [what: string, origin: string, why: RegExp][] = [
  ['loopback', 'https://127.0.0.1', /loopback/],
  ['loopback in decimal', 'https://2130706433', /loopback/],
  ['loopback in hexadecimal', 'https://0x7f000001', /loopback/],
  ['loopback in octal', 'https://0177.0.0.1', /loopback/],
  ['loopback in short', 'https://127.1', /loopback/],
  ['loopback of IPv6', 'https://[::1]', /loopback/],
  ['loopback mapped', 'https://[::ffff:127.0.0.1]', /loopback/],
  ['loopback mapped in hexadecimal', 'https://[::ffff:7f00:1]', /loopback/],
  ['loopback by NAT64', 'https://[64:ff9b::7f00:1]', /loopback/],
  ['nowhere', 'https://0.0.0.0', /unspecified/],
  ['nowhere of IPv6', 'https://[::]', /unspecified/],
  ['a private address', 'https://10.0.0.1', /private/],
  ['a private address in full-width digits', 'https://１０.0.0.1', /private/],
  ['a private address of IPv6', 'https://[fd00::1]', /private/],
  ['the metadata of the machine', 'https://169.254.169.254', /metadata/],
  ['the metadata, mapped', 'https://[::ffff:a9fe:a9fe]', /metadata/],
  ['the metadata in decimal', 'https://2852039166', /metadata/],
  ['the metadata of IPv6', 'https://[fd00:ec2::254]', /metadata/],
  ['a link-local address', 'https://[fe80::1]', /link-local/],
  ['a carrier address', 'https://100.64.0.1', /carrier/],
  ['6to4 to loopback', 'https://[2002:7f00:1::]', /tunnel/],
  ['multicast', 'https://224.0.0.1', /multicast/],
  ['no TLS', 'http://example.com', /https/],
  ['a user', 'https://a@example.com', /name or a password/],
  ['a name that leads inside', 'https://rebind.example', /leads to a loopback/],
  ['a name that leads to metadata', 'https://metadata.example', /leads to the address of a metadata/],
  ['a name of which one address is inside', 'https://both.example', /leads to a private/],
]

describe('hostile paths', () => {
  it.each(paths)('%s', async (_, path, code, why) => {
    const answer = await raw(
      here.port,
      `GET /proxy/${id}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    )
    const before = here.service.seen.length
    if (/^\d+$/.test(code)) expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${code} `))
    else {
      expect(answer.toLowerCase()).toContain(`${refusedAt}: ${code}`)
      expect(answer).toMatch(why!)
    }
    expect(here.service.seen.length).toBe(before)
  })
})

describe('hostile addresses', () => {
  it.each(targets)('%s', async (_, target, status, code) => {
    const before = here.service.seen.length
    const answer = await raw(
      here.port,
      `GET ${target.replace('ID', id)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    if (code) expect(answer.toLowerCase()).toContain(`${refusedAt}: ${code}`)
    else expect(answer).toContain('application/problem+json')
    expect(here.service.seen.length).toBe(before)
  })
})

describe('hostile requests', () => {
  it.each(heads)('%s', async (_, head, status, code) => {
    const before = here.service.seen.length
    const [first = '', ...rest] = head
    const body = /chunked/i.test(rest.join()) ? '0\r\n\r\n' : ''
    const lines = [first, 'Host: x', `Authorization: Bearer ${token}`, ...rest, '', body]
    const text = lines.join('\r\n').replaceAll('ID', id).replaceAll('TOKEN', token)
    const answer = await raw(here.port, text, /\r\n\r\n\{.*\}$/s, 1500)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    if (code) expect(answer.toLowerCase()).toContain(`${refusedAt}: ${code}`)
    // Refused by the parser itself, before there was a request.
    else expect(answer).toContain('"code":"request.invalid"')
    expect(here.service.seen.length).toBe(before)
  })

  it('lets nobody connect through', async () => {
    const answer = await raw(
      here.port,
      'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n',
      undefined,
      500,
    )
    expect(answer).not.toContain('200')
  })
})

describe('hostile origins', () => {
  const names: Record<string, string[]> = {
    'rebind.example': ['127.0.0.1'],
    'metadata.example': ['169.254.169.254'],
    'both.example': ['93.184.216.34', '10.0.0.7'],
  }
  const dispatch = createDispatch({
    guard: createGuard({ resolve: async (name) => names[name] ?? [] }),
    clock: systemClock,
  })
  afterAll(() => dispatch.close())

  it.each(origins)('%s', async (_, origin, why) => {
    const failure = await new Promise<unknown>((resolve) => {
      try {
        dispatch.send(
          { party: 'ws', origin, method: 'GET', path: '/', headers: ['authorization', 'secret'], body: null },
          {
            onRequestStart: () => resolve('sent'),
            onResponseStart: () => resolve('answered'),
            onResponseData: () => resolve('answered'),
            onResponseEnd: () => resolve('answered'),
            onResponseError: (_controller, error) => resolve(error),
          },
        )
      } catch (error) {
        resolve(error)
      }
    })
    expect(failure).toBeInstanceOf(Problem)
    expect((failure as Problem).code).toBe('net.host_refused')
    expect((failure as Problem).message).toMatch(why)
  })
})

describe('two requests in one', () => {
  it('reads the second as a request of its own, without the token of the first', async () => {
    const before = here.service.seen.length
    const smuggled = `GET /proxy/${id}/smuggled HTTP/1.1\r\nHost: x\r\nX: `
    const answer = await raw(
      here.port,
      `POST /proxy/${id}/first HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 3\r\n\r\nabc${smuggled}y\r\n\r\n`,
      /token_missing/,
    )
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401'])
    expect(here.service.seen.slice(before).map(({ url }) => url)).toEqual(['/base/first'])
  })

  it('drops what would be read as its hyphenated twin by some server', async () => {
    await call(`${here.url}/proxy/${id}/underscores`, {
      method: 'POST',
      body: 'abc',
      headers: {
        authorization: `Bearer ${token}`,
        transfer_encoding: 'chunked',
        content_length: '0',
        x_forwarded_for: '10.0.0.1',
        x_http_method_override: 'DELETE',
        'x-fine_name': '1',
      },
    })
    const { headers } = here.service.seen.at(-1)!
    expect(Object.keys(headers).sort()).toEqual([
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'host',
      'x-fine_name',
    ])
  })
})

it('counts at least eighty', () => {
  expect(paths.length + targets.length + heads.length + origins.length).toBeGreaterThanOrEqual(80)
})
