import { type CallOptions, type ClientOptions, type CreateOptions, createCall } from './call.ts'
import type * as wire from './wire.ts'

export type { CallOptions, ClientOptions, CreateOptions, Listing } from './call.ts'
export { CardeaProblem } from './problem.ts'
export type * from './wire.ts'

export type Client = ReturnType<typeof createClient>

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * The client of Cardea's API: what the dashboard, the command line and the tests use. Refusals are thrown as
 * `CardeaProblem`. The credential is kept in a closure: printing the client or an error does not show it.
 */
export function createClient(options: ClientOptions) {
  const call = createCall(options)
  const get = <Reply>(path: string, options?: CallOptions) => call.json<Reply>({ method: 'GET', path, options })
  const post = <Reply>(path: string, body: unknown, options?: CreateOptions) =>
    call.json<Reply>({ method: 'POST', path, body, options })
  const patch = <Reply>(path: string, body: unknown, options?: CallOptions) =>
    call.json<Reply>({ method: 'PATCH', path, body, options })
  const remove = (path: string, options?: CallOptions) => call.json<void>({ method: 'DELETE', path, options })

  return {
    /** Who the server takes the caller for. */
    me: (options?: CallOptions) => get<wire.Me>('/v1/me', options),
    /** The table that the server decides by. */
    permissions: (options?: CallOptions) => get<wire.PermissionTable>('/v1/permissions', options),

    setup: {
      state: (options?: CallOptions) => get<wire.SetupState>('/v1/setup', options),
      complete: (body: wire.CompleteSetup, options?: CallOptions) => post<wire.SignedInTo>('/v1/setup', body, options),
    },

    session: {
      signIn: (body: wire.SignIn, options?: CallOptions) =>
        post<wire.SignedIn>('/api/auth/sign-in/email', body, options),
      signOut: (options?: CallOptions) => post<void>('/api/auth/sign-out', undefined, options),
      get: (options?: CallOptions) => get<wire.Session>('/api/auth/get-session', options),
    },

    /** Also ends every other login. */
    changePassword: (body: wire.ChangePassword, options?: CallOptions) => post<void>('/v1/password', body, options),

    workspaces: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.Workspace>('/v1/workspaces', query, options),
      create: (body: wire.NameWorkspace, options?: CreateOptions) =>
        post<wire.Workspace>('/v1/workspaces', body, options),
    },

    /** The workspace of the request. */
    workspace: {
      get: (options?: CallOptions) => get<wire.Workspace>('/v1/workspace', options),
      rename: (body: wire.NameWorkspace, options?: CallOptions) =>
        patch<wire.Workspace>('/v1/workspace', body, options),
      /** Everything in it goes too, and its credentials can never be opened again. */
      delete: (options?: CallOptions) => remove('/v1/workspace', options),
    },

    members: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.Member>('/v1/members', query, options),
      changeRole: (userId: string, role: wire.Role, options?: CallOptions) =>
        patch<wire.Member>(`/v1/members/${encodeURIComponent(userId)}`, { role }, options),
      remove: (userId: string, options?: CallOptions) => remove(`/v1/members/${encodeURIComponent(userId)}`, options),
    },

    invitations: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.Invitation>('/v1/invitations', query, options),
      create: (body: wire.CreateInvitation, options?: CreateOptions) =>
        post<wire.CreatedInvitation>('/v1/invitations', body, options),
      withdraw: (id: string, options?: CallOptions) => remove(`/v1/invitations/${encodeURIComponent(id)}`, options),
      inspect: (token: string, options?: CallOptions) =>
        post<wire.InvitationPreview>('/v1/invitations/inspect', { token }, options),
      accept: (body: wire.AcceptInvitation, options?: CallOptions) =>
        post<wire.JoinedWorkspace>('/v1/invitations/accept', body, options),
    },

    keys: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) => call.list<wire.ApiKey>('/v1/keys', query, options),
      /** The only moment at which the token is shown. */
      create: (body: wire.CreateApiKey, options?: CreateOptions) => post<wire.CreatedApiKey>('/v1/keys', body, options),
      revoke: (id: string, options?: CallOptions) => remove(`/v1/keys/${encodeURIComponent(id)}`, options),
    },

    /** Where the caller is signed in. */
    logins: {
      list: (options?: CallOptions) => call.list<wire.Login>('/v1/logins', {}, options),
      end: (id: string, options?: CallOptions) => remove(`/v1/logins/${encodeURIComponent(id)}`, options),
      endOthers: (options?: CallOptions) => post<wire.EndedLogins>('/v1/logins/end-others', undefined, options),
    },

    /** Signing in a command line (RFC 8628). Until approved, `token` throws `oauth.authorization_pending`. */
    deviceLogins: {
      start: (client: string, options?: CallOptions) =>
        call.json<wire.DeviceAuthorization>({
          method: 'POST',
          path: '/oauth/device_authorization',
          form: { client_id: client },
          options,
        }),
      token: (deviceCode: string, client: string, options?: CallOptions) =>
        call.json<wire.AccessToken>({
          method: 'POST',
          path: '/oauth/token',
          form: { grant_type: DEVICE_GRANT, device_code: deviceCode, client_id: client },
          options,
        }),
      inspect: (userCode: string, options?: CallOptions) =>
        post<wire.DeviceLogin>('/v1/device-logins/inspect', { userCode }, options),
      approve: (userCode: string, options?: CallOptions) =>
        post<void>('/v1/device-logins/approve', { userCode }, options),
      deny: (userCode: string, options?: CallOptions) => post<void>('/v1/device-logins/deny', { userCode }, options),
    },

    audit: {
      list: (query: wire.AuditFilter & wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.AuditRecord>('/v1/audit', query, options),
      export: (format: wire.AuditFormat, query: wire.AuditFilter = {}, options?: CallOptions) =>
        call.stream({ method: 'GET', path: '/v1/audit/export', query: { ...query, format }, options }),
    },

    /** For operators: the deployment as a whole. */
    deployment: {
      audit: (query: wire.AuditFilter & wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.AuditRecord>('/v1/deployment/audit', query, options),
      verifyAudit: (options?: CallOptions) =>
        post<wire.AuditVerification>('/v1/deployment/audit/verify', undefined, options),
      vault: (options?: CallOptions) => get<wire.VaultState>('/v1/deployment/vault', options),
      rotate: (kind: wire.RotationKind, options?: CreateOptions) =>
        post<wire.Rotation>('/v1/deployment/vault/rotations', { kind }, options),
      rotation: (id: string, options?: CallOptions) =>
        get<wire.Rotation>(`/v1/deployment/vault/rotations/${encodeURIComponent(id)}`, options),
      /** An encrypted stream: useless without the master key. */
      backup: (options?: CallOptions) => call.stream({ method: 'POST', path: '/v1/deployment/backup', options }),
    },
  }
}
