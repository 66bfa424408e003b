import type { BetterAuthOptions } from 'better-auth/minimal'
import type { Clock } from '../clock.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import { Secret } from '../secret.ts'
import type { Db, Store } from '../store/store.ts'
import { createBorrowedTransaction } from './borrowed-transaction.ts'
import { hashSessionTokens } from './hashed-sessions.ts'
import { SESSION_COOKIE } from './presented.ts'

/**
 * better-auth, for what nobody should write by hand: password hashes, browser sessions and their cookies; passkeys, second
 * factors and single sign-on become `plugins` here. It is loaded at first use: it costs some 300 ms. Workspaces, members,
 * invitations, keys and device logins are not its plugins but our own tables, because there the audit record stands in the
 * transaction of the change, rows are under row-level security, and every token is stored as a hash.
 */
export interface Sessions {
  hashPassword(password: string): Promise<string>
  /** Takes as long for an unknown person (no hash) as for a wrong password. */
  verifyPassword(password: string, hash: string | undefined): Promise<boolean>
  /** Starts a session in this transaction. */
  start(db: Db, session: { userId: string; ip: string; userAgent: string }): Promise<StartedSession>
  /** The session that a cookie names; prolongs it when it is due. */
  find(db: Db, cookie: Secret): Promise<FoundSession | undefined>
  /** Set-cookie values that make a browser forget its session. */
  forget(): Promise<readonly Secret[]>
}

export interface StartedSession {
  loginId: string
  setCookie: readonly Secret[]
}

export interface FoundSession extends StartedSession {
  userId: string
}

export interface SessionsDeps {
  store: Store
  clock: Clock
  log: Logger
  sessionKey: () => Promise<Secret>
  publicUrl: () => string
  sessionHours: number
}

export async function openSessions(deps: SessionsDeps): Promise<Sessions> {
  const [
    { betterAuth },
    { getAdapter },
    { createAuthEndpoint },
    { deleteSessionCookie, setSessionCookie },
    { z },
    key,
  ] = await Promise.all([
    import('better-auth/minimal'),
    import('better-auth/db/adapter'),
    import('better-auth/api'),
    import('better-auth/cookies'),
    import('zod'),
    deps.sessionKey(),
  ])
  const borrowed = createBorrowedTransaction()
  const lifetimeSeconds = deps.sessionHours * 3600
  const log = deps.log.with({ room: 'better-auth' })

  const options = {
    baseURL: deps.publicUrl(),
    // As a list of one: better-auth would prefer a list that it finds in the environment to a single secret.
    secrets: [{ version: 1, value: key.revealBytes().toString('base64') }],
    telemetry: { enabled: false },
    // Attempts are limited in the store, for all servers together.
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true },
    user: { modelName: 'auth_users' },
    session: {
      modelName: 'auth_sessions',
      expiresIn: lifetimeSeconds,
      updateAge: Math.min(300, lifetimeSeconds / 12),
      // A cached session would go on after it was ended.
      cookieCache: { enabled: false },
    },
    account: { modelName: 'auth_accounts' },
    verification: { modelName: 'auth_verifications', storeIdentifier: 'hashed' },
    advanced: {
      // The prefix makes browsers insist on Secure and refuse a cookie set by a neighbouring host.
      useSecureCookies: false,
      cookiePrefix: '__Host-cardea',
      cookies: { session_token: { name: SESSION_COOKIE } },
      defaultCookieAttributes: { secure: true, httpOnly: true, sameSite: 'lax', path: '/' },
      database: {
        validateSchema: false,
        generateId: ({ model }) => newId(model === 'user' ? 'usr' : model === 'session' ? 'ses' : 'acc'),
      },
    },
    logger: {
      level: 'warn',
      log: (level, message) => log[level](message),
    },
  } satisfies BetterAuthOptions

  // Without a path they are no addresses of better-auth's router.
  const plugin = {
    id: 'cardea',
    endpoints: {
      startSession: createAuthEndpoint(
        { method: 'POST', body: z.object({ userId: z.string(), ip: z.string(), userAgent: z.string() }) },
        async (ctx) => {
          const { userId, ip, userAgent } = ctx.body
          const session = await ctx.context.internalAdapter.createSession(userId, false, { ipAddress: ip, userAgent })
          const user = await ctx.context.internalAdapter.findUserById(userId)
          if (!session || !user) throw new Error('better-auth started no session')
          await setSessionCookie(ctx, { session, user })
          return { loginId: session.id }
        },
      ),
      forgetSession: createAuthEndpoint({ method: 'POST' }, async (ctx) => {
        deleteSessionCookie(ctx)
        return {}
      }),
    },
  }

  const auth = betterAuth({
    ...options,
    plugins: [plugin],
    database: await adapterFor(options),
  })
  const { password } = await auth.$context

  async function adapterFor(base: BetterAuthOptions) {
    const adapter = await getAdapter({
      ...base,
      database: { db: borrowed.db, type: deps.store.dialect, transaction: false },
    })
    return () => hashSessionTokens(borrowed.watch(adapter), deps.clock)
  }

  return {
    hashPassword: (text) => password.hash(text),
    verifyPassword: async (text, hash) => {
      if (hash !== undefined) return password.verify({ hash, password: text })
      await password.hash(text)
      return false
    },
    start: (db, session) =>
      borrowed.inside(db, async () => {
        const { response, headers } = await auth.api.startSession({ body: session, returnHeaders: true })
        return { loginId: response.loginId, setCookie: cookiesOf(headers) }
      }),
    find: (db, cookie) => {
      const value = cookie.reveal()
      if (!/^[\w.~%+/=-]{1,512}$/.test(value)) return Promise.resolve(undefined)
      return borrowed.inside(db, async () => {
        const headers = new Headers({ cookie: `${SESSION_COOKIE}=${value}` })
        const found = await auth.api.getSession({ headers, returnHeaders: true }).catch(refused)
        if (!found?.response) return undefined
        const { session } = found.response
        return { loginId: session.id, userId: session.userId, setCookie: cookiesOf(found.headers) }
      })
    },
    forget: async () => cookiesOf((await auth.api.forgetSession({ returnHeaders: true })).headers),
  }
}

/** A session that ended between being found and being prolonged is refused as 401; all else is a fault. */
function refused(error: unknown): undefined {
  if ((error as { statusCode?: number }).statusCode === 401) return undefined
  throw error
}

function cookiesOf(headers: Headers): readonly Secret[] {
  return headers.getSetCookie().map((value) => Secret.of(value))
}
