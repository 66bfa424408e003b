import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** Three vendors, as far as their libraries need them here. They take the real credential, and note whoever comes without. */
export const KEYS = {
  openai: `sk-proj-${'aB3_'.repeat(12)}`,
  anthropic: `sk-ant-api03-${'cD4-'.repeat(22)}`,
  github: `ghp_${'eF5'.repeat(12)}`,
}

export const WORDS = ['Doors ', 'open ', 'by ', 'them', 'selves.']

interface Asked {
  method: string
  path: string
  query: URLSearchParams
  // biome-ignore lint/suspicious/noExplicitAny: what a library sends
  body: any
  text: string
}
type Answers = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void

function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** One after the other, so that what is held back would be noticed. */
async function events(response: ServerResponse, all: { event?: string; data: unknown }[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const { event, data } of all) {
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    response.write(`${event ? `event: ${event}\n` : ''}data: ${text}\n\n`)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
  response.end()
}

const openai: Answers = ({ method, path, body, text }, response) => {
  const common = { id: 'chatcmpl-1', created: 1, model: body?.model }
  if (path === '/v1/models') return json(response, { object: 'list', data: [{ id: 'gpt-x', object: 'model' }] })
  if (path === '/v1/files') return json(response, { id: 'file-1', object: 'file', bytes: text.length })
  if (path === '/v1/chat/completions' && body.stream) {
    const chunks = WORDS.map((content) => ({ ...common, choices: [{ index: 0, delta: { content } }] }))
    return void events(response, [...chunks.map((data) => ({ data })), { data: '[DONE]' }])
  }
  if (path === '/v1/chat/completions') {
    const message = { role: 'assistant', content: WORDS.join('') }
    return json(response, { ...common, object: 'chat.completion', choices: [{ index: 0, message }] })
  }
  if (path === '/v1/responses' && body.stream) {
    const deltas = WORDS.map((delta) => ({
      event: 'response.output_text.delta',
      data: { type: 'response.output_text.delta', delta },
    }))
    return void events(response, [
      ...deltas,
      { event: 'response.completed', data: { type: 'response.completed', response: { id: 'resp_1' } } },
    ])
  }
  return json(response, { error: { message: `no ${method} ${path}` } }, 404)
}

const anthropic: Answers = ({ path, body }, response, request) => {
  // The one that the library wants, not the one that the definition would add.
  if (!(String(request.headers['anthropic-version']) > '2023-06-01')) return json(response, { type: 'error' }, 400)
  if (path === '/v1/models') return json(response, { data: [{ id: 'claude-x', type: 'model' }], has_more: false })
  if (path !== '/v1/messages') return json(response, { type: 'error' }, 404)
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: body.model,
    usage: { input_tokens: 1, output_tokens: 5 },
  }
  if (!body.stream) return json(response, { ...message, content: [{ type: 'text', text: WORDS.join('') }] })
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
  const deltas = WORDS.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }))
  const all = [
    { type: 'message_start', message: { ...message, content: [] } },
    block,
    ...deltas,
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]
  return void events(
    response,
    all.map((data) => ({ event: data.type, data })),
  )
}

const github: Answers = ({ method, path, query, body }, response) => {
  if (path === '/user') return json(response, { login: 'ada' })
  if (path === '/graphql') return json(response, { data: { viewer: { login: 'ada' } } })
  if (path === '/repos/acme/site/issues' && method === 'POST') return json(response, { number: 4, ...body }, 201)
  if (path === '/repos/acme/site/issues') {
    const page = Number(query.get('page') ?? 1)
    const next = `<https://api.github.com/repos/acme/site/issues?per_page=2&page=${page + 1}>; rel="next"`
    const last = '<https://api.github.com/repos/acme/site/issues?per_page=2&page=2>; rel="last"'
    const issues = [{ number: page * 2 - 1 }, { number: page * 2 }]
    return json(response, page === 1 ? issues : issues.slice(0, 1), 200, page === 1 ? { link: `${next}, ${last}` } : {})
  }
  if (path === '/repos/acme/site/contents/logo.png') {
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    return void response.end(Buffer.from([0x89, 0x50, 0, 0xff]))
  }
  return json(response, { message: 'Not Found' }, 404)
}

/** By the addresses of their definitions. `refused`: who came without the credential, or with a token of Cardea. */
export function vendors(refused: string[]): Record<string, RequestListener> {
  const stands = (isKnown: (headers: IncomingMessage['headers']) => boolean, answers: Answers): RequestListener => {
    return async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const { pathname, searchParams } = new URL(request.url!, 'https://vendor.example')
      if (!isKnown(request.headers) || JSON.stringify(request.rawHeaders).includes('cardea_')) {
        refused.push(`${request.url} ${JSON.stringify(request.rawHeaders)}`)
        return json(response, { error: { message: 'who are you?' } }, 401)
      }
      const isJson = /^application\/json\b/.test(request.headers['content-type'] ?? '') && text !== ''
      const body = isJson ? JSON.parse(text) : undefined
      return answers({ method: request.method!, path: pathname, query: searchParams, body, text }, response, request)
    }
  }
  return {
    'https://api.openai.com': stands(({ authorization }) => authorization === `Bearer ${KEYS.openai}`, openai),
    'https://api.anthropic.com': stands((headers) => headers['x-api-key'] === KEYS.anthropic, anthropic),
    'https://api.github.com': stands(({ authorization }) => authorization === `Bearer ${KEYS.github}`, github),
  }
}
