import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/errors.ts'
import type { Answer, Outgoing } from '../../src/net/message.ts'
import { discover, type Found } from '../../src/oauth/discovery.ts'
import { refreshRequest } from '../../src/oauth/refresh.ts'
import { asDescribed, register, waysToRegister } from '../../src/oauth/register.ts'
import { json, outside, partyOf } from './party.ts'

const resource = 'https://mcp.example.com/v1/mcp'
const issuer = 'https://auth.example.com/tenant'
const server = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  revocation_endpoint: `${issuer}/revoke`,
  code_challenge_methods_supported: ['S256'],
}
const described = { resource, authorization_servers: [issuer], scopes_supported: ['read', 'bad"scope'] }
const atRoot = 'https://mcp.example.com/.well-known/oauth-protected-resource'
const metadata = 'https://auth.example.com/.well-known/oauth-authorization-server/tenant'
const missing: Answer = { status: 404, headers: {}, body: '' }

function web(pages: Record<string, Answer>) {
  const asked: string[] = []
  const send = async ({ url }: Outgoing) => {
    asked.push(url)
    return pages[url] ?? missing
  }
  return { asked, find: (at: Parameters<typeof discover>[0] = { resource }) => discover(at, { send }) }
}
const challenge = (text: string) => json({}, 401, { 'www-authenticate': text })
const whyOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return isProblem(error, 'oauth.discovery_failed') ? String(error.values.why) : String(error ?? 'found')
}

describe('an address that nobody described', () => {
  it('names where its description lies', async () => {
    const { find, asked } = web({
      [resource]: challenge('Bearer resource_metadata="https://mcp.example.com/meta", scope="files:read"'),
      'https://mcp.example.com/meta': json(described),
      [metadata]: json(server),
    })
    expect(await find()).toMatchObject({ resource, server: { issuer }, scopes: ['files:read'] })
    expect(asked).toEqual([resource, 'https://mcp.example.com/meta', metadata])
  })

  it.each([`${atRoot}/v1/mcp`, atRoot, 'https://mcp.example.com/v1/mcp/.well-known/oauth-protected-resource'])(
    'or is found without a word of it, at %s',
    async (place) => {
      const { find } = web({ [place]: json(described), [metadata]: json(server) })
      expect(await find()).toMatchObject({ server: { issuer }, scopes: ['read'] })
    },
  )

  it.each([
    'https://auth.example.com/.well-known/openid-configuration/tenant',
    'https://auth.example.com/tenant/.well-known/openid-configuration',
  ])('may have a server that describes itself at %s', async (place) => {
    const { find } = web({ [atRoot]: json(described), [place]: json(server) })
    expect(await find()).toMatchObject({ server: { issuer } })
  })

  it('may describe nothing and be its own server', async () => {
    const own = { ...server, issuer: 'https://mcp.example.com' }
    const { find } = web({ 'https://mcp.example.com/.well-known/oauth-authorization-server': json(own) })
    expect(await find()).toMatchObject({ server: { issuer: 'https://mcp.example.com' }, scopes: [] })
  })

  it('is not asked where the issuer is known', async () => {
    const { find, asked } = web({ [metadata]: json(server) })
    expect(await find({ issuer })).toMatchObject({ server: { issuer } })
    expect(asked).toEqual([metadata])
  })

  it.each([
    [
      'describes another resource',
      json({ ...described, resource: 'https://evil.com/v1/mcp' }),
      json(server),
      /another resource/,
    ],
    [
      'describes its neighbour',
      json({ ...described, resource: 'https://mcp.example.com/v1/m' }),
      json(server),
      /another resource/,
    ],
    [
      'names an issuer that is another',
      json(described),
      json({ ...server, issuer: 'https://evil.com' }),
      /does not describe itself/,
    ],
    [
      'names an issuer without https',
      json({ ...described, authorization_servers: ['http://auth.example.com'] }),
      json(server),
      /plain https/,
    ],
    [
      'names an endpoint with a placeholder',
      json(described),
      json({ ...server, token_endpoint: 'https://evil.com/{clientSecret}' }),
      /plain https/,
    ],
    [
      'names an endpoint without https',
      json(described),
      json({ ...server, token_endpoint: 'http://auth.example.com/t' }),
      /plain https/,
    ],
    [
      'names an endpoint with a user',
      json(described),
      json({ ...server, revocation_endpoint: 'https://a:b@auth.example.com/t' }),
      /plain https/,
    ],
    ['names no endpoints', json(described), json({ issuer }), /no endpoints/],
    [
      'has a server without S256',
      json(described),
      json({ ...server, code_challenge_methods_supported: ['plain'] }),
      /PKCE/,
    ],
    [
      'answers with pages',
      json(described),
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      /does not describe itself/,
    ],
    ['answers with nothing', json(described), missing, /does not describe itself/],
    ['answers with a list', json([described]), json([server]), /does not describe itself/],
  ])('is refused when it %s', async (_, resourceAnswer, serverAnswer, why) => {
    const { find } = web({ [atRoot]: resourceAnswer, [metadata]: serverAnswer })
    expect(await whyOf(find())).toMatch(why)
  })

  it.each([
    'http://mcp.example.com',
    'https://u:p@mcp.example.com',
    'javascript:alert(1)',
    'https://mcp.example.com/{x}',
    'x',
  ])('is not %s', async (address) => {
    expect(await whyOf(web({}).find({ resource: address }))).toMatch(/plain https/)
  })

  it('may not send us to a place without https for its description', async () => {
    const { find, asked } = web({ [resource]: challenge('Bearer resource_metadata="http://169.254.169.254/latest"') })
    expect(await whyOf(find())).toMatch(/plain https/)
    expect(asked).toEqual([resource])
  })

  it('that does not answer is unavailable', async () => {
    const looking = { send: async () => Promise.reject(new Error('reset')) }
    await expect(discover({ resource }, looking)).rejects.toSatisfy((error) => isProblem(error, 'oauth.unavailable'))
  })
})

describe('becoming a client', () => {
  const found: Found = { resource, server, scopes: ['read'] }
  const we = { name: 'Cardea', redirectUri: 'https://cardea.example/oauth/callback' }
  const registering = (...answers: Answer[]) => {
    const bodies: Record<string, unknown>[] = []
    const send = async ({ body }: Outgoing) => {
      bodies.push(JSON.parse(String(body)))
      return answers.shift()!
    }
    return { bodies, client: register(found, we, { send }) }
  }

  it('is tried in the order of the definition, as far as the server goes along', () => {
    const words = { by: 'discovery' as const, register: ['document', 'dynamic', 'app'] as const }
    const ways = (change: object, mine = we) =>
      waysToRegister({ ...words }, { ...found, server: { ...server, ...change } }, mine)
    expect(ways({})).toEqual(['dynamic', 'app'])
    expect(
      ways({ client_id_metadata_document_supported: true }, {
        ...we,
        documentUrl: 'https://cardea.example/client',
      } as typeof we),
    ).toEqual(['document', 'dynamic', 'app'])
    expect(ways({ registration_endpoint: undefined })).toEqual(['app'])
  })

  it('asks with scopes, and once more without where the server refuses them', async () => {
    const { bodies, client } = registering(json({ error: 'insufficient_scope' }, 403), json({ client_id: 'dyn' }, 201))
    expect(await client).toEqual({ issuer, id: 'dyn', auth: 'none' })
    expect(bodies.map(({ scope }) => scope)).toEqual(['read', undefined])
    expect(bodies[0]).toMatchObject({
      redirect_uris: [we.redirectUri],
      token_endpoint_auth_method: 'client_secret_basic',
    })
  })

  it('may bring a secret that ends', async () => {
    const { client } = registering(
      json({
        client_id: 'd',
        client_secret: 's',
        client_secret_expires_at: 1_800_000_000,
        token_endpoint_auth_method: 'client_secret_post',
      }),
    )
    const registered = await client
    expect(registered).toMatchObject({ id: 'd', auth: 'body', expiresAt: 1_800_000_000_000 })
    expect(registered.secret!.reveal()).toBe('s')
  })

  it('may be refused', async () => {
    expect(await whyOf(registering(json({ error: 'x' }, 400), json({ error: 'x' }, 400)).client)).toMatch(
      /refused to register/,
    )
    expect(await whyOf(registering(json({}, 201)).client)).toMatch(/refused to register/)
  })

  it('makes of it a service like any other', () => {
    const party = partyOf({ by: 'discovery', register: ['dynamic'] })
    const method = asDescribed(party.method, found)
    const request = refreshRequest({ ...party, method, client: { id: 'dyn', auth: 'none' } }, outside, { resource })
    expect(request.url).toBe(`${issuer}/token`)
    expect(String(request.body)).toContain(`resource=${encodeURIComponent(resource)}&client_id=dyn`)
  })
})
