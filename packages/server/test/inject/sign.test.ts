import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import { type Placed, streamed } from '../../src/inject/place.ts'
import { signatureBase, signOAuth1 } from '../../src/inject/sign-oauth1.ts'
import { type SigV4Key, signSigV4 } from '../../src/inject/sign-sigv4.ts'

/** The published test suite: https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html */
const suite: SigV4Key = {
  keyId: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  session: undefined,
  service: 'service',
  region: 'us-east-1',
  encodeOnce: [],
}
const suiteTime = Date.UTC(2015, 7, 30, 12, 36, 0)
const host = 'https://example.amazonaws.com'
const get = (url: string, headers = {}): Placed => ({ method: 'GET', url: `${host}${url}`, headers })
const signatureOf = (request: Placed) => /Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')?.[1]

describe('Signature Version 4', () => {
  const vectors: [string, Placed, string][] = [
    ['get-vanilla', get('/'), '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      get('/?Param2=value2&Param1=value1'),
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-unreserved',
      get('/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'),
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
    ],
    [
      'post-vanilla',
      { ...get('/'), method: 'POST' },
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-x-www-form-urlencoded',
      {
        method: 'POST',
        url: `${host}/`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Param1=value1',
      },
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ]
  it.each(vectors)('signs %s as published', (_, request, signature) => {
    expect(signatureOf(signSigV4(request, { ...suite, service: 'service' }, suiteTime))).toBe(signature)
  })

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
  const s3: SigV4Key = {
    keyId: 'AKIAIOSFODNN7EXAMPLE',
    secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    session: undefined,
    service: 's3',
    region: 'us-east-1',
    encodeOnce: ['s3'],
  }
  const bucket = 'https://examplebucket.s3.amazonaws.com'
  const may24 = Date.UTC(2013, 4, 24)
  const storage: [string, Placed, string][] = [
    [
      'a part of an object',
      { method: 'GET', url: `${bucket}/test.txt`, headers: { range: 'bytes=0-9' } },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'an object with a $ in its name',
      {
        method: 'PUT',
        url: `${bucket}/test$file.text`,
        headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
        body: 'Welcome to Amazon S3.',
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'a query without a value',
      { method: 'GET', url: `${bucket}/?lifecycle`, headers: {} },
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'a list',
      { method: 'GET', url: `${bucket}/?max-keys=2&prefix=J`, headers: {} },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ]
  it.each(storage)('signs %s as published for storage', (_, request, signature) => {
    expect(signatureOf(signSigV4(request, s3, may24))).toBe(signature)
  })

  it('sends the session token and signs it', () => {
    const signed = signSigV4(get('/'), { ...suite, session: 'the-session' }, suiteTime)
    expect(signed.headers['x-amz-security-token']).toBe('the-session')
    expect(signed.headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,')
  })

  it('lets the host name service and region', () => {
    const at = (url: string) => signSigV4({ method: 'GET', url, headers: {} }, s3, suiteTime).headers.authorization
    expect(at('https://sts.eu-west-1.amazonaws.com/')).toContain('/eu-west-1/sts/aws4_request')
    expect(at('https://bucket.s3.ap-southeast-2.amazonaws.com/x')).toContain('/ap-southeast-2/s3/aws4_request')
    expect(at('https://storage.internal:9000/x')).toContain('/us-east-1/s3/aws4_request')
  })

  it('streams only where nobody needs the hash of the body', () => {
    const put: Placed = { method: 'PUT', url: `${bucket}/big`, headers: {}, body: streamed }
    expect(signSigV4(put, s3, may24).headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD')
    expect(() => signSigV4({ ...put, url: `${host}/` }, suite, may24)).toThrow(/read whole/)
  })

  it('trusts a hash that the caller announced, because the service compares it', () => {
    const hash = 'a'.repeat(64)
    const put: Placed = { method: 'PUT', url: `${bucket}/b`, headers: { 'x-amz-content-sha256': hash }, body: streamed }
    expect(signSigV4(put, s3, may24).headers['x-amz-content-sha256']).toBe(hash)
  })

  it('refuses chunks that the caller signed with another key', () => {
    const headers = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }
    const put: Placed = { method: 'PUT', url: `${bucket}/b`, headers, body: streamed }
    try {
      signSigV4(put, s3, may24)
      expect.unreachable()
    } catch (error) {
      expect(isProblem(error, 'service.body_signed_by_caller')).toBe(true)
    }
  })

  it('encodes a path twice, and for storage once', () => {
    const one = signSigV4({ method: 'GET', url: `${bucket}/a%20b`, headers: {} }, s3, may24)
    const two = signSigV4({ method: 'GET', url: `${host}/a%20b`, headers: {} }, suite, may24)
    expect(one.url).toBe(`${bucket}/a%20b`)
    expect(two.url).toBe(`${host}/a%20b`)
    expect(signatureOf(one)).not.toBe(signatureOf(two))
  })

  it('sends the query as it was signed', () => {
    expect(signSigV4(get('/?b=x+y&a=1'), suite, suiteTime).url).toBe(`${host}/?a=1&b=x%20y`)
  })
})

describe('OAuth 1.0a', () => {
  it('makes the signature base of RFC 5849, section 3.4.1.1', () => {
    const url = new URL('http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b')
    const parameters: [string, string][] = [
      ['b5', '=%3D'],
      ['a3', 'a'],
      ['c@', ''],
      ['a2', 'r b'],
      ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'],
      ['c2', ''],
      ['a3', '2 q'],
    ]
    expect(signatureBase('post', url, parameters)).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
        'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201' +
        '%26oauth_token%3Dkkk9d7dh3k39sjv7',
    )
  })

  const key = { method: 'HMAC-SHA1' as const, consumerKey: 'dpf43f3p2l4k3l03', consumerSecret: 'kd94hf93k423kf44' }
  const signature = (request: Placed) =>
    decodeURIComponent(/oauth_signature="([^"]+)"/.exec(request.headers.authorization!)![1]!)

  it('signs the photo request of OAuth Core 1.0', () => {
    const photo: Placed = {
      method: 'GET',
      url: 'http://photos.example.net/photos?file=vacation.jpg&size=original',
      headers: {},
    }
    const token = { ...key, token: 'nnch734d00sl2jdk', tokenSecret: 'pfkkdhi9sl3r4s00' }
    const signed = signOAuth1(photo, token, { now: 1_191_242_096_000, nonce: 'kllo9940pd9333jh' })
    expect(signature(signed)).toBe('tR3+Ty81lMeYAr/Fid0kMTYa/WM=')
  })

  it('signs what a form carries', () => {
    const form: Placed = {
      method: 'POST',
      url: 'https://api.example.com/1/statuses',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'status=Hello',
    }
    const other = { ...form, body: 'status=Bye' }
    const how = { now: 0, nonce: 'n' }
    expect(signature(signOAuth1(form, key, how))).not.toBe(signature(signOAuth1(other, key, how)))
  })

  it('refuses a body that it cannot read', () => {
    const request: Placed = { method: 'POST', url: 'https://api.example.com/', headers: {}, body: streamed }
    expect(() => signOAuth1(request, key, { now: 0, nonce: 'n' })).toThrow(/read whole/)
  })
})
