import Anthropic from '@anthropic-ai/sdk'
import { Octokit } from 'octokit'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseName } from '../database.ts'
import { type LedHouse, ledHouse } from './led-house.ts'
import { KEYS, vendors, WORDS } from './vendors.ts'

/**
 * The libraries of three vendors as their users have them: another address, another key, and nothing else. Cardea's own definitions of these
 * services are used; what goes to their addresses is led to simulators here, which take the real credential and nothing else.
 */
let house: LedHouse
const refused: string[] = []

beforeAll(async () => {
  house = await ledHouse(vendors(refused))
})
afterAll(() => house?.close())

async function connected(
  provider: keyof typeof KEYS,
  method: string,
  field: string,
): Promise<{ baseUrl: string; token: string }> {
  const credential = { [field]: KEYS[provider] }
  const { id } = await house.ada.client.connections.create({ provider, method, credential }, { skipTest: true })
  const { token } = await house.ada.client.brokerTokens.create({ connections: [id] })
  return { baseUrl: `${house.url}/proxy/${id}`, token }
}

/** When each piece came. */
async function paced<T>(stream: AsyncIterable<T>): Promise<{ pieces: T[]; spread: number }> {
  const pieces: T[] = []
  const times: number[] = []
  for await (const piece of stream) {
    pieces.push(piece)
    times.push(performance.now())
  }
  return { pieces, spread: times.at(-1)! - times[0]! }
}

describe(`the library of OpenAI, on ${databaseName}`, () => {
  let client: OpenAI
  let used: { baseUrl: string; token: string }
  beforeAll(async () => {
    used = await connected('openai', 'api_key', 'token')
    client = new OpenAI({ baseURL: used.baseUrl, apiKey: used.token })
  })

  it('lists, asks, and uploads', async () => {
    const models: string[] = []
    for await (const { id } of client.models.list()) models.push(id)
    expect(models).toEqual(['gpt-x'])
    const asked = { model: 'gpt-x', messages: [{ role: 'user' as const, content: 'How?' }] }
    const { choices } = await client.chat.completions.create(asked)
    expect(choices[0]!.message.content).toBe('Doors open by themselves.')
    const content = 'a line of a file\n'.repeat(20_000)
    const { bytes } = await client.files.create({ file: new File([content], 'lines.jsonl'), purpose: 'assistants' })
    expect(bytes).toBeGreaterThan(content.length)
  })

  it('streams, word by word', async () => {
    const asked = { model: 'gpt-x', messages: [{ role: 'user' as const, content: 'How?' }], stream: true as const }
    const chat = await paced(await client.chat.completions.create(asked))
    expect(chat.pieces.map(({ choices }) => choices[0]!.delta.content)).toEqual(WORDS)
    expect(chat.spread).toBeGreaterThan(80)
    const answered = await paced(await client.responses.create({ model: 'gpt-x', input: 'How?', stream: true }))
    expect(answered.pieces.flatMap((piece) => ('delta' in piece ? [piece.delta] : []))).toEqual(WORDS)
    expect(answered.spread).toBeGreaterThan(80)
  })

  it('gets what is refused as an error of its own', async () => {
    const elsewhere = new OpenAI({ baseURL: used.baseUrl, apiKey: `cardea_broker_${'x'.repeat(43)}`, maxRetries: 0 })
    await expect(elsewhere.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    await expect(client.chat.completions.create({ model: 'x' } as never, { path: '/nowhere' })).rejects.toMatchObject({
      status: 404,
    })
    await expect(client.post('/realtime/client_secrets', { body: {} })).rejects.toMatchObject({ status: 403 })
  })
})

describe(`the library of Anthropic, on ${databaseName}`, () => {
  let client: Anthropic
  beforeAll(async () => {
    const { baseUrl, token } = await connected('anthropic', 'api_key', 'key')
    client = new Anthropic({ baseURL: baseUrl, apiKey: token })
  })
  const asked = { model: 'claude-x', max_tokens: 10, messages: [{ role: 'user' as const, content: 'How?' }] }

  it('lists and asks', async () => {
    const models: string[] = []
    for await (const { id } of client.models.list()) models.push(id)
    expect(models).toEqual(['claude-x'])
    const { content } = await client.messages.create(asked)
    expect(content).toMatchObject([{ type: 'text', text: 'Doors open by themselves.' }])
  })

  it('streams, word by word', async () => {
    const { pieces, spread } = await paced(client.messages.stream(asked))
    const words = pieces.flatMap((piece) =>
      piece.type === 'content_block_delta' && piece.delta.type === 'text_delta' ? [piece.delta.text] : [],
    )
    expect(words).toEqual(WORDS)
    expect(spread).toBeGreaterThan(80)
    expect(await client.messages.stream(asked).finalText()).toBe('Doors open by themselves.')
  })
})

describe(`the library of GitHub, on ${databaseName}`, () => {
  let octokit: Octokit
  beforeAll(async () => {
    const { baseUrl, token } = await connected('github', 'token', 'token')
    octokit = new Octokit({ baseUrl, auth: token, retry: { enabled: false }, log: silent })
  })
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const repo = { owner: 'acme', repo: 'site' }

  it('reads, writes, and asks by GraphQL', async () => {
    expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('ada')
    const { status, data } = await octokit.rest.issues.create({ ...repo, title: 'A door squeaks' })
    expect([status, data.number, data.title]).toEqual([201, 4, 'A door squeaks'])
    expect(await octokit.graphql('{ viewer { login } }')).toEqual({ viewer: { login: 'ada' } })
    const raw = { mediaType: { format: 'raw' } }
    const { data: bytes } = await octokit.rest.repos.getContent({ ...repo, path: 'logo.png', ...raw })
    expect(Buffer.from(bytes as unknown as ArrayBuffer)).toEqual(Buffer.from([0x89, 0x50, 0, 0xff]))
    await expect(octokit.request('GET /nowhere')).rejects.toMatchObject({ status: 404 })
  })

  it('turns pages, and shows its token to nobody but Cardea', async () => {
    const all = await octokit.paginate(octokit.rest.issues.listForRepo, { ...repo, per_page: 2 })
    expect(all.map(({ number }) => number)).toEqual([1, 2, 3])
  })
})

it('every call came with the real credential', () => {
  expect(refused).toEqual([])
})
