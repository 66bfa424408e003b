import type { Issue, ProblemDetails } from './wire.ts'

/** What the server refused, or why it could not be asked. `code` is the thing to branch on. */
export class CardeaProblem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  /** What to do about it. */
  readonly next: string
  readonly requestId: string
  readonly issues: readonly Issue[]
  /** Everything else the server said about it. */
  readonly values: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined

  constructor(details: ProblemDetails, retryAfterSeconds?: number) {
    const { type: _type, title, status, detail, code, next, requestId, issues = [], ...values } = details
    const first = issues[0]
    super(first ? `${detail} ${first.path}: ${first.message}` : detail)
    this.name = 'CardeaProblem'
    this.code = code
    this.status = status
    this.title = title
    this.detail = detail
    this.next = next
    this.requestId = requestId
    this.issues = issues
    this.values = values
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A problem that this side found: no answer, or one that cannot be read. Status 0: the server has not refused anything. */
export function clientProblem(
  code: 'client.unreachable' | 'client.timeout' | 'client.unreadable',
  detail: string,
  next: string,
  status = 0,
): CardeaProblem {
  return new CardeaProblem({ type: 'about:blank', title: detail, status, detail, code, next, requestId: '' })
}

export async function readProblem(response: Response): Promise<CardeaProblem> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : undefined
  const requestId = response.headers.get('cardea-request-id') ?? ''
  const body = await response.json().catch(() => undefined)
  if (isDetails(body)) return new CardeaProblem({ ...body, requestId: body.requestId ?? requestId }, retryAfterSeconds)
  if (isOAuthRefusal(body)) {
    const detail = body.error_description ?? body.error
    return new CardeaProblem(
      {
        type: 'about:blank',
        title: detail,
        status: response.status,
        detail,
        code: `oauth.${body.error}`,
        next: '',
        requestId,
      },
      retryAfterSeconds,
    )
  }
  return clientProblem(
    'client.unreadable',
    `The answer has status ${response.status} and is not from Cardea's API.`,
    'Check that the address is the one of a Cardea server.',
    response.status,
  )
}

function isDetails(body: unknown): body is ProblemDetails {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'status' in body
}

function isOAuthRefusal(body: unknown): body is { error: string; error_description?: string } {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'
}
