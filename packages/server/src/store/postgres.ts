import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { Problem } from '../errors.ts'
import type { Database, Db, Scope, StoreOptions } from './database.ts'
import { migrate, REQUESTS_ROLE, refuseNewer, SWEEPS_ROLE } from './migrate.ts'
import type { MigrationTarget } from './migration.ts'
import type { Schema } from './schema.ts'

/** PostgreSQL, for any number of equal servers. Requests run under row-level security; only sweeps see across workspaces. */
export async function openPostgres(options: StoreOptions & { url: string }): Promise<Database> {
  await prepare(options)
  const requests = poolAs(REQUESTS_ROLE, options.url, options.pool ?? 10)
  const sweeps = poolAs(SWEEPS_ROLE, options.url, 2)
  const kyselyOf = (pool: pg.Pool) => new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  const databases = { requests: kyselyOf(requests), sweeps: kyselyOf(sweeps) }
  const close = async () => {
    await Promise.all([databases.requests.destroy(), databases.sweeps.destroy()])
  }
  try {
    await refuseUnsafeRole(databases.requests)
  } catch (error) {
    await close()
    throw error
  }
  return {
    dialect: 'postgres',
    transaction: (as, scope, work) =>
      again(() =>
        databases[as].transaction().execute(async (db) => {
          if (as === 'requests') await enter(db, scope)
          return work(db)
        }),
      ),
    snapshot: (work) =>
      translated(() =>
        databases.sweeps.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
      ),
    forget: async () => {},
    check: () =>
      translated(async () => {
        await sql`select 1`.execute(databases.requests)
      }),
    close,
  }
}

function poolAs(role: string, connectionString: string, max: number): pg.Pool {
  return new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 60_000,
    // set role, and not a connection option: it also holds behind a pooler that drops those.
    onConnect: async (client) => {
      await client.query(
        `set role ${role}; set statement_timeout = '60s'; set idle_in_transaction_session_timeout = '60s'`,
      )
    },
    // Integers are at most 2^53: instants, counts and bytes.
    types: {
      getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
    },
  })
    .on('error', () => {
      // A connection that breaks while idle is replaced at the next use, which reports what is wrong.
    })
    .on('connect', (client) => {
      // One that is ended in the middle of a transaction, while this process stood still, must not end the process: the next query says it.
      client.on('error', () => undefined)
    })
}

async function enter(db: Db, { workspaceId = '', userId = '', presentedHash = '' }: Scope): Promise<void> {
  await sql`select set_config('cardea.workspace', ${workspaceId}, true), set_config('cardea.user', ${userId}, true),
    set_config('cardea.presented', ${presentedHash}, true)`.execute(db)
}

const RETRIED = new Set(['40001', '40P01'])

/** Runs a transaction again when PostgreSQL ended it to untangle it from another. */
async function again<T>(begin: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await translated(begin)
    } catch (error) {
      if (attempt >= 4 || !RETRIED.has((error as { code?: string }).code ?? '')) throw error
    }
  }
}

async function translated<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return await begin()
  } catch (error) {
    const { code = '', message = '' } = error as { code?: string; message?: string }
    const gone =
      /^(08|57P|53300|25P03)|^E[A-Z]+$/.test(code) ||
      /timeout exceeded when trying to connect|Connection terminated|not queryable/.test(message)
    if (gone) throw Object.assign(new Problem('store.unavailable'), { cause: error })
    throw error
  }
}

/** As the owner of the schema: check, then migrate. */
async function prepare(options: StoreOptions & { url: string }): Promise<void> {
  const owner = new pg.Client({ connectionString: options.ownerUrl ?? options.url, connectionTimeoutMillis: 5000 })
  await translated(() => owner.connect())
  try {
    const { rows } = await owner.query(`select to_regclass('master_keys') as found`)
    if (rows[0].found) {
      const applied = await owner.query('select id from migrations')
      refuseNewer(applied.rows.map(({ id }) => Number(id)))
      const { rows: keys } = await owner.query(`select id from master_keys where state = 'active'`)
      await options.beforeMigrating?.(keys[0]?.id)
    } else {
      await options.beforeMigrating?.(undefined)
      await createRoles(owner, options.url)
    }
    await migrate(migrationTarget(owner), options.upTo)
  } finally {
    await owner.end()
  }
}

/** Roles belong to the whole cluster, so that another database's server may be creating the same ones. */
async function createRoles(owner: pg.Client, url: string): Promise<void> {
  for (const role of [REQUESTS_ROLE, SWEEPS_ROLE]) {
    const { rowCount } = await owner.query('select 1 from pg_roles where rolname = $1', [role])
    if (!rowCount) {
      await owner
        .query(`create role ${role} nologin nosuperuser nocreatedb nocreaterole nobypassrls`)
        .catch((error: { code?: string }) => {
          const existsByNow = error.code === '42710' || error.code === '23505'
          if (!existsByNow) throw error
        })
    }
    const login =
      decodeURIComponent(new URL(url).username) || (await owner.query('select current_user as name')).rows[0].name
    const { rows } = await owner.query(`select pg_has_role($1, $2, 'member') as granted`, [login, role])
    if (!rows[0].granted) await owner.query(`grant ${role} to ${owner.escapeIdentifier(login)}`)
  }
}

function migrationTarget(owner: pg.Client): MigrationTarget {
  return {
    dialect: 'postgres',
    exclusively: async (work) => {
      await owner.query('begin')
      try {
        // Any number will do, as long as every server takes the same.
        await owner.query('select pg_advisory_xact_lock(4780, 1)')
        await owner.query(
          'create table if not exists migrations (id bigint primary key, name text not null, at bigint not null)',
        )
        const more = await work({
          run: async (text) => {
            await owner.query(text)
          },
          applied: async () => (await owner.query('select id from migrations')).rows.map(({ id }) => Number(id)),
          record: async ({ id, name }) => {
            await owner.query(`insert into migrations values ($1, $2, (extract(epoch from now()) * 1000)::bigint)`, [
              id,
              name,
            ])
          },
        })
        await owner.query('commit')
        return more
      } catch (error) {
        await owner.query('rollback').catch(() => {})
        throw error
      }
    },
  }
}

async function refuseUnsafeRole(db: Db): Promise<void> {
  const { rows } = await sql<{ role: string; superuser: boolean; bypass: boolean; owns: boolean }>`
    select current_user as role, rolsuper as superuser, rolbypassrls as bypass,
      exists (select 1 from pg_class where relname = 'secrets' and relowner = pg_roles.oid) as owns
    from pg_roles where rolname = current_user`.execute(db)
  const found = rows[0]!
  const why = found.superuser
    ? 'is a superuser'
    : found.bypass
      ? 'has BYPASSRLS'
      : found.owns
        ? 'owns the tables'
        : undefined
  if (why) throw new Problem('store.unsafe_role', { role: found.role, why })
}
