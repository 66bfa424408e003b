import { type CallOptions, type ClientOptions, type CreateOptions, createCall } from './call.ts'
import { followEvents } from './event-stream.ts'
import type * as wire from './wire.ts'

export type { CallOptions, ClientOptions, CreateOptions, Listing } from './call.ts'
export { CardeaProblem } from './problem.ts'
export { type VerifyOptions, verifyWebhook, type WebhookHeaders, WebhookNotVerified } from './verify-webhook.ts'
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
  const put = <Reply>(path: string, body: unknown, options?: CallOptions) =>
    call.json<Reply>({ method: 'PUT', path, body, options })
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
      delete: (options?: CallOptions) =>
        call.json<wire.RemovedWorkspace>({ method: 'DELETE', path: '/v1/workspace', options }),
      /** For whoever is signed in. The last administrator cannot. */
      leave: (options?: CallOptions) => post<wire.Offboarded>('/v1/workspace/leave', undefined, options),
    },

    members: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.Member>('/v1/members', query, options),
      changeRole: (userId: string, role: wire.Role, options?: CallOptions) =>
        patch<wire.Member>(`/v1/members/${encodeURIComponent(userId)}`, { role }, options),
      remove: (userId: string, options?: CallOptions) =>
        call.json<wire.Offboarded>({ method: 'DELETE', path: `/v1/members/${encodeURIComponent(userId)}`, options }),
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
      revoke: (id: string, options?: CallOptions) =>
        call.json<wire.Offboarded>({ method: 'DELETE', path: `/v1/keys/${encodeURIComponent(id)}`, options }),
    },

    /** What connections can be made to. */
    services: {
      list: (query: wire.ServiceQuery = {}, options?: CallOptions) =>
        call.list<wire.Service>('/v1/services', query, options),
      get: (id: string, options?: CallOptions) =>
        get<wire.ServiceDetail>(`/v1/services/${encodeURIComponent(id)}`, options),
      /** An SVG drawing. */
      icon: (id: string, options?: CallOptions) =>
        call.stream({ method: 'GET', path: `/v1/services/${encodeURIComponent(id)}/icon`, options }),
      /** A service of the workspace's own. */
      add: (body: wire.AddService, options?: CreateOptions) => post<wire.ServiceDetail>('/v1/services', body, options),
      /** A new version; connections keep the one they were made with. */
      replace: (id: string, body: wire.DescribeService, options?: CallOptions) =>
        put<wire.ServiceDetail>(`/v1/services/${encodeURIComponent(id)}`, body, options),
      remove: (id: string, options?: CallOptions) => remove(`/v1/services/${encodeURIComponent(id)}`, options),
    },

    /** OAuth apps of the workspace, and those of the deployment that it may use. */
    apps: {
      list: (query: wire.OauthAppQuery = {}, options?: CallOptions) =>
        call.list<wire.OauthApp>('/v1/apps', query, options),
      get: (id: string, options?: CallOptions) => get<wire.OauthApp>(app(id), options),
      /** What registering one takes, and the redirect address to register. */
      plan: (provider: string, options?: CallOptions) =>
        get<wire.OauthAppPlan>(`/v1/services/${encodeURIComponent(provider)}/app`, options),
      create: (body: wire.CreateOauthApp, options?: CreateOptions) => post<wire.OauthApp>('/v1/apps', body, options),
      /** With `dryRun`: says who would have to connect again. */
      change: (id: string, body: wire.ChangeOauthApp, { dryRun, ...options }: CallOptions & DryRun = {}) =>
        patch<wire.ChangedOauthApp>(`${app(id)}${flags({ dry_run: dryRun })}`, body, options),
      remove: (id: string, { dryRun, ...options }: CallOptions & DryRun = {}) =>
        call.json<wire.DeletedOauthApp>({ method: 'DELETE', path: `${app(id)}${flags({ dry_run: dryRun })}`, options }),
    },

    /** Accounts that were connected. */
    connections: {
      list: (query: wire.ConnectionFilter & wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.Connection>('/v1/connections', query, options),
      /** Is recorded: whoever looks inside is known. */
      get: (id: string, options?: CallOptions) => get<wire.Connection>(connection(id), options),
      create: (body: wire.CreateConnection, { skipTest, ...options }: CreateOptions & SkipTest = {}) =>
        post<wire.CreatedConnection>(`/v1/connections${flags({ skip_test: skipTest })}`, body, options),
      change: (
        id: string,
        body: wire.ChangeConnection,
        { skipTest, dryRun, ...options }: CallOptions & SkipTest & DryRun = {},
      ) =>
        patch<wire.ChangedConnection>(
          `${connection(id)}${flags({ skip_test: skipTest, dry_run: dryRun })}`,
          body,
          options,
        ),
      /** Throws with status 422 when the service refuses it, and 424 when it cannot be asked. */
      test: (id: string, options?: CallOptions) => post<wire.Connection>(`${connection(id)}/test`, undefined, options),
      delete: (id: string, { dryRun, ...options }: CallOptions & DryRun = {}) =>
        call.json<wire.DeletedConnection>({
          method: 'DELETE',
          path: `${connection(id)}${flags({ dry_run: dryRun })}`,
          options,
        }),
      references: (id: string, options?: CallOptions) =>
        call.list<wire.ConnectionReference>(`${connection(id)}/references`, {}, options),
      registerReference: (id: string, body: wire.RegisterReference, options?: CallOptions) =>
        post<wire.ConnectionReference>(`${connection(id)}/references`, body, options),
      removeReference: (id: string, reference: string, options?: CallOptions) =>
        remove(`${connection(id)}/references?reference=${encodeURIComponent(reference)}`, options),
      /** Begins a consent at the service, or authorizes a connection anew. */
      authorize: (body: wire.AuthorizeConnection, options?: CallOptions) =>
        post<wire.StartedFlow>('/v1/connections/authorize', body, options),
      flows: {
        get: (id: string, options?: CallOptions) => get<wire.Flow>(flow(id), options),
        finish: (id: string, body: wire.FinishFlow = {}, options?: CallOptions) =>
          post<wire.Flow>(`${flow(id)}/finish`, body, options),
        cancel: (id: string, options?: CallOptions) => remove(flow(id), options),
      },
      import: (body: wire.ImportConnections, { skipTest, ...options }: CreateOptions & SkipTest = {}) =>
        post<wire.ImportedConnections>(`/v1/connections/import${flags({ skip_test: skipTest })}`, body, options),
    },

    /** One-time links by which somebody connects an account on the hosted page. */
    connectSessions: {
      /** The only moment at which the link is shown. */
      create: (body: wire.CreateConnectSession = {}, options?: CreateOptions) =>
        post<wire.CreatedConnectSession>('/v1/connect-sessions', body, options),
      get: (id: string, options?: CallOptions) =>
        get<wire.ConnectSession>(`/v1/connect-sessions/${encodeURIComponent(id)}`, options),
      cancel: (id: string, options?: CallOptions) => remove(`/v1/connect-sessions/${encodeURIComponent(id)}`, options),
      /** `endUser`: who is signed in at your product in the browser that brought the code; never what the code came with. */
      complete: (id: string, body: wire.CompleteConnectSession, options?: CallOptions) =>
        post<wire.CompletedConnectSession>(`/v1/connect-sessions/${encodeURIComponent(id)}/complete`, body, options),
    },

    /** Where connect pages may send people back to. */
    returnAddresses: {
      list: (options?: CallOptions) => call.list<wire.ReturnAddress>('/v1/return-addresses', {}, options),
      add: (address: string, options?: CreateOptions) =>
        post<wire.ReturnAddress>('/v1/return-addresses', { address }, options),
      remove: (id: string, options?: CallOptions) => remove(`/v1/return-addresses/${encodeURIComponent(id)}`, options),
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

    /** What administrators limit. */
    policies: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.Policy>('/v1/policies', query, options),
      get: (id: string, options?: CallOptions) => get<wire.Policy>(`/v1/policies/${encodeURIComponent(id)}`, options),
      create: (body: wire.CreatePolicy, options?: CreateOptions) => post<wire.Policy>('/v1/policies', body, options),
      change: (id: string, body: wire.ChangePolicy, options?: CallOptions) =>
        patch<wire.Policy>(`/v1/policies/${encodeURIComponent(id)}`, body, options),
      remove: (id: string, options?: CallOptions) => remove(`/v1/policies/${encodeURIComponent(id)}`, options),
      /** What would be decided, without doing it. */
      explain: (body: wire.ExplainPolicies, options?: CallOptions) =>
        post<wire.PolicyExplanation>('/v1/policies/explain', body, options),
    },

    /** Software that acts, and what it declared. By id or name. */
    skills: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) => call.list<wire.Skill>('/v1/skills', query, options),
      get: (named: string, options?: CallOptions) => get<wire.Skill>(skill(named), options),
      versions: (named: string, options?: CallOptions) =>
        call.list<wire.SkillVersion>(`${skill(named)}/versions`, {}, options),
      create: (body: wire.DescribeSkill, options?: CreateOptions) => post<wire.Skill>('/v1/skills', body, options),
      /** As a file in your repository says it: made if there is none of that name. */
      put: (named: string, body: wire.DescribeSkill, options?: CallOptions) =>
        put<wire.Skill>(skill(named), body, options),
      change: (named: string, body: wire.ChangeSkill, options?: CallOptions) =>
        patch<wire.Skill>(skill(named), body, options),
      remove: (named: string, options?: CallOptions) => remove(skill(named), options),
      /** A key that mints tokens for it, and does nothing else; shown this once. */
      createKey: (named: string, body: wire.CreateSkillKey, options?: CreateOptions) =>
        post<wire.CreatedApiKey>(`${skill(named)}/keys`, body, options),
    },

    /** Named calls of services, carried out through a connection. */
    actions: {
      list: (query: wire.ActionQuery = {}, options?: CallOptions) =>
        call.list<wire.Action>('/v1/actions', { ...query }, options),
      get: (identifier: string, options?: CallOptions) =>
        get<wire.Action>(`/v1/actions/${encodeURIComponent(identifier)}`, options),
      /** With an idempotency key, a request that is sent again does nothing again. */
      execute: (body: Omit<wire.ExecuteAction, 'dryRun'>, options?: CreateOptions) =>
        post<wire.ExecutedAction>('/v1/actions/execute', body, options),
      /** What it would send and what policies say, without doing it. */
      preview: (body: Omit<wire.ExecuteAction, 'dryRun'>, options?: CallOptions) =>
        post<wire.PreviewedAction>('/v1/actions/execute', { ...body, dryRun: true }, options),
    },

    /** Stand-ins for credentials. */
    brokerTokens: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.BrokerToken>('/v1/broker-tokens', query, options),
      get: (id: string, options?: CallOptions) =>
        get<wire.BrokerToken>(`/v1/broker-tokens/${encodeURIComponent(id)}`, options),
      /** The only moment at which the token is shown. */
      create: (body: wire.CreateBrokerToken, options?: CreateOptions) =>
        post<wire.CreatedBrokerToken>('/v1/broker-tokens', body, options),
      /** The token is the proof: nothing else is sent. */
      narrow: (body: wire.NarrowBrokerToken, options?: CallOptions) =>
        post<wire.CreatedBrokerToken>('/v1/broker-tokens/narrow', body, options),
      revoke: (id: string, options?: CallOptions) => remove(`/v1/broker-tokens/${encodeURIComponent(id)}`, options),
    },

    /** What happened, oldest first, and as it happens. */
    events: {
      list: ({ types, ...query }: wire.EventQuery = {}, options?: CallOptions) =>
        call.list<wire.CardeaEvent>('/v1/events', { ...query, types: types?.join(',') }, options),
      /** For `for await`: comes back by itself where the line broke off. */
      follow: (from: wire.FollowEvents = {}, options?: CallOptions) => followEvents(call, from, options),
      replay: (body: wire.ReplayEvents, options?: CallOptions) =>
        post<wire.Replayed>('/v1/events/replay', body, options),
    },

    /** Where the workspace is told of events. */
    webhooks: {
      list: (query: wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.Webhook>('/v1/webhooks', query, options),
      get: (id: string, options?: CallOptions) => get<wire.Webhook>(`/v1/webhooks/${encodeURIComponent(id)}`, options),
      /** The only moment at which the secret is shown. */
      create: (body: wire.CreateWebhook, options?: CreateOptions) =>
        post<wire.WebhookWithSecret>('/v1/webhooks', body, options),
      change: (id: string, body: wire.ChangeWebhook, options?: CallOptions) =>
        patch<wire.Webhook>(`/v1/webhooks/${encodeURIComponent(id)}`, body, options),
      remove: (id: string, options?: CallOptions) => remove(`/v1/webhooks/${encodeURIComponent(id)}`, options),
      test: (id: string, options?: CallOptions) =>
        post<wire.DeliveryAttempt>(`/v1/webhooks/${encodeURIComponent(id)}/test`, undefined, options),
      unpark: (id: string, options?: CallOptions) =>
        post<wire.Webhook>(`/v1/webhooks/${encodeURIComponent(id)}/unpark`, undefined, options),
      /** For a day the secret before it signs too. */
      rotateSecret: (id: string, options?: CallOptions) =>
        post<wire.WebhookWithSecret>(`/v1/webhooks/${encodeURIComponent(id)}/rotate-secret`, undefined, options),
      deliveries: (id: string, query: wire.DeliveryQuery = {}, options?: CallOptions) =>
        call.list<wire.WebhookDelivery>(`/v1/webhooks/${encodeURIComponent(id)}/deliveries`, query, options),
    },

    /** For operators: the deployment as a whole. */
    deployment: {
      audit: (query: wire.AuditFilter & wire.PageQuery = {}, options?: CallOptions) =>
        call.list<wire.AuditRecord>('/v1/deployment/audit', query, options),
      verifyAudit: (options?: CallOptions) =>
        post<wire.AuditVerification>('/v1/deployment/audit/verify', undefined, options),
      vault: (options?: CallOptions) => get<wire.VaultState>('/v1/deployment/vault', options),
      examine: (options?: CallOptions) => get<wire.Examination>('/v1/deployment/examination', options),
      /** OAuth apps for every workspace. */
      apps: {
        list: (query: wire.OauthAppQuery = {}, options?: CallOptions) =>
          call.list<wire.OauthApp>('/v1/deployment/apps', query, options),
        get: (id: string, options?: CallOptions) => get<wire.OauthApp>(deploymentApp(id), options),
        create: (body: wire.CreateOauthApp, options?: CreateOptions) =>
          post<wire.OauthApp>('/v1/deployment/apps', body, options),
        change: (id: string, body: wire.ChangeOauthApp, { dryRun, ...options }: CallOptions & DryRun = {}) =>
          patch<wire.ChangedOauthApp>(`${deploymentApp(id)}${flags({ dry_run: dryRun })}`, body, options),
        remove: (id: string, { dryRun, ...options }: CallOptions & DryRun = {}) =>
          call.json<wire.DeletedOauthApp>({
            method: 'DELETE',
            path: `${deploymentApp(id)}${flags({ dry_run: dryRun })}`,
            options,
          }),
      },
      rotate: (kind: wire.RotationKind, options?: CreateOptions) =>
        post<wire.Rotation>('/v1/deployment/vault/rotations', { kind }, options),
      rotation: (id: string, options?: CallOptions) =>
        get<wire.Rotation>(`/v1/deployment/vault/rotations/${encodeURIComponent(id)}`, options),
      /** An encrypted stream: useless without the master key. */
      backup: (options?: CallOptions) => call.stream({ method: 'POST', path: '/v1/deployment/backup', options }),
    },
  }
}

interface SkipTest {
  /** Stores the credential without asking the service. */
  skipTest?: boolean
}
interface DryRun {
  /** Says what would stop, and does nothing. */
  dryRun?: boolean
}

function flow(id: string): string {
  return `/v1/connections/flows/${encodeURIComponent(id)}`
}

function connection(id: string): string {
  return `/v1/connections/${encodeURIComponent(id)}`
}

function skill(named: string): string {
  return `/v1/skills/${encodeURIComponent(named)}`
}

function app(id: string): string {
  return `/v1/apps/${encodeURIComponent(id)}`
}

function deploymentApp(id: string): string {
  return `/v1/deployment/apps/${encodeURIComponent(id)}`
}

function flags(given: Record<string, boolean | undefined>): string {
  const set = Object.entries(given).filter(([, value]) => value === true)
  return set.length === 0 ? '' : `?${set.map(([name]) => `${name}=true`).join('&')}`
}
