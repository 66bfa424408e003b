/**
 * Every way in which Cardea says no, in one table: status, title, what happened, what to do next. A misspelt code does
 * not compile, and neither does one whose sentence lacks a value. Nothing secret may be given as a value.
 */
interface ProblemKind {
  status: number
  title: string
  detail: string
  next: string
}

export const problems = {
  'request.invalid': {
    status: 400,
    title: 'The request is not valid',
    detail: 'Some of what was sent does not have the expected form.',
    next: 'Correct what "issues" names and send it again.',
  },
  'request.not_json': {
    status: 400,
    title: 'The body is not JSON',
    detail: 'The body could not be read as JSON.',
    next: 'Send a JSON object in UTF-8.',
  },
  'request.wrong_type': {
    status: 415,
    title: 'The content type is not JSON',
    detail: 'This address takes application/json.',
    next: 'Send "content-type: application/json".',
  },
  'request.too_large': {
    status: 413,
    title: 'The body is too large',
    detail: 'The body is larger than {limit} bytes.',
    next: 'Send less, or ask the operator to raise CARDEA_BODY_LIMIT_BYTES.',
  },
  'request.not_found': {
    status: 404,
    title: 'No such address',
    detail: 'There is nothing at this path.',
    next: 'See /docs for every address.',
  },
  'request.method_not_allowed': {
    status: 405,
    title: 'Not with this method',
    detail: 'This path does not take {method}.',
    next: 'See the "allow" header.',
  },
  'request.foreign_origin': {
    status: 403,
    title: 'The request comes from another site',
    detail: 'A browser sent a session cookie from an origin that is not this server.',
    next: 'Open the dashboard at {expected}, or correct CARDEA_PUBLIC_URL.',
  },
  'request.too_many': {
    status: 429,
    title: 'Too many requests',
    detail: 'The limit of {limit} requests a minute is used up.',
    next: 'Wait for as long as the "retry-after" header says.',
  },
  'request.bad_cursor': {
    status: 400,
    title: 'The cursor is not one of ours',
    detail: 'The cursor was not given out by this list.',
    next: 'Start again without a cursor.',
  },
  'auth.required': {
    status: 401,
    title: 'Sign in first',
    detail: 'The request carries no credential that Cardea knows.',
    next: 'Send a session, "authorization: Bearer …" or "x-api-key".',
  },
  'auth.rejected': {
    status: 401,
    title: 'The credential was not accepted',
    detail: 'The credential is unknown, expired or revoked.',
    next: 'Sign in again, or use another key.',
  },
  'auth.ambiguous': {
    status: 400,
    title: 'More than one credential',
    detail: 'The request carries more than one kind of credential.',
    next: 'Send exactly one of session, "authorization" and "x-api-key".',
  },
  'auth.wrong_password': {
    status: 401,
    title: 'Wrong address or password',
    detail: 'The address and the password do not belong together.',
    next: 'Try again, or ask an administrator for a new invitation.',
  },
  'auth.too_many_attempts': {
    status: 429,
    title: 'Too many attempts',
    detail: 'There were too many attempts that failed.',
    next: 'Wait for as long as the "retry-after" header says.',
  },
  'auth.forbidden': {
    status: 403,
    title: 'Not allowed',
    detail: 'This needs the permission "{permission}", which you do not have here.',
    next: 'Ask an administrator of the workspace.',
  },
  'auth.operator_only': {
    status: 403,
    title: 'For operators',
    detail: 'This concerns the whole deployment and needs the permission "{permission}".',
    next: 'Ask whoever runs this server.',
  },
  'auth.which_workspace': {
    status: 400,
    title: 'Which workspace?',
    detail: 'You belong to several workspaces, or to none, and the request does not say which one it is about.',
    next: 'Send the header "cardea-workspace" with one of the ids that GET /v1/me lists.',
  },
  'setup.link_used': {
    status: 410,
    title: 'The link has been used',
    detail: 'The first administrator exists already.',
    next: 'Sign in, or ask an administrator for an invitation.',
  },
  'setup.link_wrong': {
    status: 403,
    title: 'The link is not valid',
    detail: 'The one-time link is not the one that this server printed last.',
    next: 'Copy the link from the newest start of the server.',
  },
  'password.too_weak': {
    status: 422,
    title: 'The password is too short',
    detail: 'A password has 12 to 256 characters.',
    next: 'Choose a longer one; a sentence is fine.',
  },
  'workspace.not_found': {
    status: 404,
    title: 'Workspace not found',
    detail: 'There is no such workspace, or you are not in it.',
    next: 'GET /v1/me lists yours.',
  },
  'member.not_found': {
    status: 404,
    title: 'Member not found',
    detail: 'There is no such member in this workspace.',
    next: 'GET /v1/members lists them.',
  },
  'member.last_admin': {
    status: 409,
    title: 'The last administrator',
    detail: 'A workspace keeps at least one administrator.',
    next: 'Make somebody else administrator first.',
  },
  'member.already': {
    status: 409,
    title: 'Already a member',
    detail: 'That person is in this workspace already.',
    next: 'Change the role with PATCH /v1/members/{id}.',
  },
  'invitation.not_found': {
    status: 404,
    title: 'Invitation not found',
    detail: 'There is no such invitation in this workspace.',
    next: 'GET /v1/invitations lists them.',
  },
  'invitation.not_valid': {
    status: 410,
    title: 'The invitation is no longer valid',
    detail: 'The invitation was used, withdrawn or has expired.',
    next: 'Ask for a new one.',
  },
  'invitation.other_person': {
    status: 403,
    title: 'The invitation is for somebody else',
    detail: 'You are signed in with an address that is not the invited one.',
    next: 'Sign out and open the link again.',
  },
  'key.not_found': {
    status: 404,
    title: 'Key not found',
    detail: 'There is no such API key in this workspace.',
    next: 'GET /v1/keys lists them.',
  },
  'key.exceeds_role': {
    status: 422,
    title: 'More than the role allows',
    detail: 'The role "{role}" does not include the permission "{permission}".',
    next: 'Leave the permission out, or choose a role that has it.',
  },
  'login.not_found': {
    status: 404,
    title: 'Session not found',
    detail: 'There is no such session or command-line login of yours.',
    next: 'GET /v1/logins lists them.',
  },
  'device.not_found': {
    status: 404,
    title: 'No such code',
    detail: 'The code is wrong, used or has expired.',
    next: 'Start again with "cardea login".',
  },
  'idempotency.in_progress': {
    status: 409,
    title: 'Still at work',
    detail: 'A request with this idempotency key is being carried out.',
    next: 'Wait a moment and send the same request again.',
  },
  'idempotency.mismatch': {
    status: 422,
    title: 'The idempotency key was used for something else',
    detail: 'This idempotency key belongs to another request.',
    next: 'Choose a new key for a new request.',
  },
  'idempotency.outcome_unknown': {
    status: 409,
    title: 'The outcome is not known',
    detail: 'The server stopped while it carried out the request with this idempotency key.',
    next: 'Look whether it was done; if it was not, send it with a new key.',
  },
  'vault.unavailable': {
    status: 503,
    title: 'The vault does not answer',
    detail: 'The vault could not be reached; nothing was changed.',
    next: 'Try again; GET /readyz tells the operator more.',
  },
  'vault.refused': {
    status: 502,
    title: 'The vault refused',
    detail: 'The vault does not let this server do that.',
    next: 'The operator must mend the login or the permissions of the vault.',
  },
  'vault.corrupt': {
    status: 500,
    title: 'A credential does not open',
    detail: 'What the vault holds for {owner} was altered, moved, or sealed with a key that is not here.',
    next: 'Run "cardea vault check"; restore from a backup, or enter the credential again.',
  },
  'vault.not_found': {
    status: 404,
    title: 'No such credential',
    detail: 'The vault holds nothing for {owner}.',
    next: 'Enter the credential again.',
  },
  'vault.wrong_master_key': {
    status: 500,
    title: 'The wrong master key',
    detail: 'The vault was sealed with master key {expected}, and {found}.',
    next: 'Bring back the right key; a new one cannot open what the old one sealed.',
  },
  'vault.rotation_running': {
    status: 409,
    title: 'A rotation is running',
    detail: 'The rotation {id} has not finished.',
    next: 'Wait for it: GET /v1/vault/rotations/{id}.',
  },
  'vault.rotation_not_found': {
    status: 404,
    title: 'No such rotation',
    detail: 'There is no such rotation.',
    next: 'GET /v1/vault shows the newest.',
  },
  'vault.next_key_missing': {
    status: 409,
    title: 'No new master key to rotate to',
    detail: 'The first key of {source} is the one in use.',
    next: 'Write a new key as its first line on every server and keep the old one below it, then rotate.',
  },
  'store.newer_schema': {
    status: 500,
    title: 'The database is newer than this program',
    detail: 'The database has schema {found}; this program knows up to {known}.',
    next: 'Start the newer version, or restore a backup made by this one.',
  },
  'store.unavailable': {
    status: 503,
    title: 'The database does not answer',
    detail: 'The database could not be reached; nothing was changed.',
    next: 'Try again; GET /readyz tells the operator more.',
  },
  'store.unsafe_role': {
    status: 500,
    title: 'The database role can bypass row-level security',
    detail: 'The server is connected as "{role}", which {why}.',
    next: 'See "PostgreSQL" in docs/guide/operating.md for the roles to create.',
  },
  'backup.not_empty': {
    status: 409,
    title: 'There is data here already',
    detail: 'A backup is restored into an empty store only.',
    next: 'Choose an empty data folder or database.',
  },
  'backup.unreadable': {
    status: 422,
    title: 'The backup cannot be read',
    detail: 'The backup is cut short, altered, or sealed with another master key ({found}).',
    next: 'Use another backup, or bring the master key it was made with.',
  },
  'server.unavailable': {
    status: 503,
    title: 'The server is stopping',
    detail: 'The server takes no new work.',
    next: 'Try again in a moment.',
  },
  'server.fault': {
    status: 500,
    title: 'Something broke here',
    detail: 'The fault is ours, and it is in the log under the request id.',
    next: 'Try again; if it stays, give the operator the request id.',
  },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problems

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never
type Needed<Code extends ProblemCode> = Placeholders<(typeof problems)[Code]['detail']>
type Values<Code extends ProblemCode> = [Needed<Code>] extends [never]
  ? [extra?: Record<string, unknown>]
  : [values: Record<Needed<Code>, string | number> & Record<string, unknown>]

/** The one error class that reaches a caller. Values fill the sentences and are shown beside them. */
export class Problem<Code extends ProblemCode = ProblemCode> extends Error {
  readonly code: Code
  readonly values: Record<string, unknown>

  constructor(code: Code, ...[values]: Values<Code>) {
    super(fill(problems[code].detail, values ?? {}))
    this.name = 'Problem'
    this.code = code
    this.values = values ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }

  get title(): string {
    return problems[this.code].title
  }

  get next(): string {
    return fill(problems[this.code].next, this.values)
  }
}

/** Whether an error is this problem; the way to tell one refusal from another. */
export function isProblem<Code extends ProblemCode>(error: unknown, code: Code): error is Problem<Code> {
  return error instanceof Problem && error.code === code
}

function fill(sentence: string, values: Record<string, unknown>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  )
}
